/**
 * Floor of the fan-out: the least that a Node server can do. All input of one turn of the event loop goes to everyone in
 * one write of one shared buffer. It keeps no rule, no limit and no queue bound: it is a measure, not a server.
 *
 *     node floor/fanout.ts TCP_PORT WS_PORT
 */
import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';

const ACCEPTED = Buffer.of(1);
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const tcpRoom = new Set<Socket>();
const wsRoom = new Set<Socket>();
let batch: Buffer[] = [];

const [tcpPort, wsPort] = process.argv.slice(2).map(Number);
createServer({ noDelay: true }, welcomeTcp).listen(tcpPort, '127.0.0.1', 4096);
createServer({ noDelay: true }, welcomeWs).listen(wsPort, '127.0.0.1', 4096);

function welcomeTcp(socket: Socket): void {
  const read = commandsOf(() => {
    tcpRoom.add(socket);
    socket.write(ACCEPTED);
  });
  socket.on('data', read);
  letGo(socket, tcpRoom);
}

function welcomeWs(socket: Socket): void {
  const read = commandsOf(() => {
    wsRoom.add(socket);
    socket.write(framed(ACCEPTED));
  });
  socket.once('data', (head) => {
    // The generator's request comes in one piece, with nothing behind it before the answer.
    const request = head.toString('latin1');
    const key = /Sec-WebSocket-Key: (\S+)/.exec(request)?.[1] ?? '';
    // A client that asks for a subprotocol insists on one.
    const subprotocol = /^Sec-WebSocket-Protocol: .*\r\n/im.exec(request)?.[0] ?? '';
    const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${subprotocol}\r\n`,
    );
    socket.on('data', payloadsOf(read));
  });
  letGo(socket, wsRoom);
}

function letGo(socket: Socket, room: Set<Socket>): void {
  socket.on('error', () => {});
  socket.on('close', () => room.delete(socket));
}

/** Cuts a stream into whole pieces; `lengthAt` answers 0 when a piece is not complete yet. */
function pieces(
  lengthAt: (bytes: Buffer, at: number) => number,
  take: (piece: Buffer) => void,
): (chunk: Buffer) => void {
  let kept: Buffer | null = null;
  return (chunk) => {
    const bytes = kept ? Buffer.concat([kept, chunk]) : chunk;
    let at = 0;
    for (let length = lengthAt(bytes, at); length > 0; length = lengthAt(bytes, at)) {
      take(bytes.subarray(at, at + length));
      at += length;
    }
    kept = at < bytes.length ? bytes.subarray(at) : null;
  };
}

/** Handles commands: LOGIN lets in, everything else goes to everyone. */
function commandsOf(letIn: () => void): (chunk: Buffer) => void {
  return pieces(commandLength, (command) => {
    if (command[0] === 0) return letIn();
    if (batch.push(command) === 1) setImmediate(deliver);
  });
}

/** Length of a command: LOGIN is an opcode and one STRING, MESSAGE an opcode and two. */
function commandLength(bytes: Buffer, at: number): number {
  let end = at + 1;
  for (let strings = bytes[at] === 0 ? 1 : 2; strings > 0; strings--) {
    if (end + 4 > bytes.length) return 0;
    end += 4 + bytes.readInt32BE(end);
  }
  return end > bytes.length ? 0 : end - at;
}

function deliver(): void {
  const bytes = batch.length === 1 ? batch[0]! : Buffer.concat(batch);
  batch = [];
  // The one who talks in a storm of pages comes by TCP, and so hears itself when all have heard it, as at the gateway (D11).
  if (wsRoom.size > 0) {
    const frame = framed(bytes);
    for (const socket of wsRoom) socket.write(frame);
  }
  for (const socket of tcpRoom) socket.write(bytes);
}

function framed(bytes: Buffer): Buffer {
  const { length } = bytes;
  const head = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Unmasks frames of up to 64 KiB, whatever they are. */
function payloadsOf(read: (payload: Buffer) => void): (chunk: Buffer) => void {
  const headLength = (bytes: Buffer, at: number): number => ((bytes[at + 1]! & 127) === 126 ? 8 : 6);
  const frameLength = (bytes: Buffer, at: number): number => {
    if (at + 4 > bytes.length) return 0;
    const short = bytes[at + 1]! & 127;
    const length = headLength(bytes, at) + (short === 126 ? bytes.readUInt16BE(at + 2) : short);
    return at + length > bytes.length ? 0 : length;
  };
  return pieces(frameLength, (frame) => {
    const start = headLength(frame, 0);
    const payload = Buffer.allocUnsafe(frame.length - start);
    for (let i = 0; i < payload.length; i++) payload[i] = frame[start + i]! ^ frame[start - 4 + (i & 3)]!;
    read(payload);
  });
}
