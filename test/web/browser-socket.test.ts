import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import type { Closed } from '../../shared/stream/byte-stream.ts';
import { BrowserSocket } from '../../web/net/browser-socket.ts';

let server: WebSocketServer;
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
});
afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

/** Opens a stream, and records its events; gives a way to wait for them. */
function open(onText: ((text: string) => void) | null = null) {
  const log: string[] = [];
  let wake = () => {};
  const note = (line: string) => {
    log.push(line);
    wake();
  };
  const stream = new BrowserSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  stream.onText = onText;
  stream.attach({
    onData: (data) => note(`data ${Buffer.from(data).toString('hex')}`),
    onEnd: () => note('end'),
    onFault: (reason) => note(`fault ${reason}`),
    onWritable: () => note('drain'),
    onClose: ({ clean, code }: Closed) => note(`close ${clean ? 'clean' : 'abnormal'} ${code ?? ''}`.trim()),
  });
  const until = async (line: string) => {
    while (!log.includes(line)) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { stream, log, until };
}

/** Resolves with the server's side of the next connection, and the messages it gets, as hex ("text:…" for text). */
async function accept() {
  const [socket] = (await once(server, 'connection')) as [ServerSocket];
  const messages: string[] = [];
  socket.on('message', (data: Buffer, binary) =>
    messages.push(binary ? data.toString('hex') : `text:${data.toString()}`),
  );
  return { socket, messages };
}

/** Connects both sides. */
async function connect(onText?: (text: string) => void) {
  const accepted = accept();
  const opened = open(onText);
  return { ...opened, ...(await accepted) };
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('the browser’s WebSocket as a ByteStream', () => {
  it('asks for chaton.web.v1, and sends what was written before it was open (D24)', async () => {
    const accepted = accept();
    const { stream } = open();
    stream.write(hex('0001'));
    stream.write(hex('02'));
    stream.end();
    const { socket, messages } = await accepted;
    expect(socket.protocol).toBe('chaton.web.v1');
    while (messages.length < 3) await once(socket, 'message');
    expect(messages).toEqual(['0001', '02', '']);
  });

  it('hands over bytes and the end of writing, and closes with 1000 once both have ended (D25)', async () => {
    const { stream, log, until, socket } = await connect();
    socket.send(hex('0a0b'));
    socket.send(hex(''));
    await until('end');
    const closed = once(socket, 'close');
    stream.end();
    await until('close clean 1000');
    expect(log).toEqual(['data 0a0b', 'end', 'close clean 1000']);
    expect((await closed)[0]).toBe(1000);
  });

  it('still receives after its own end (D21)', async () => {
    const { stream, log, until, socket } = await connect();
    stream.end();
    stream.write(hex('ff'));
    await once(socket, 'message');
    socket.send(hex('01'));
    socket.send(hex(''));
    await until('close clean 1000');
    expect(log).toEqual(['data 01', 'end', 'close clean 1000']);
  });

  it('tells an abnormal close from a clean one (D21, D25)', async () => {
    const { log, until, socket } = await connect();
    socket.close(1001, 'going away');
    await until('close abnormal 1001');
    expect(log).toEqual(['close abnormal 1001']);
  });

  it('reports a connection that is cut as an abnormal close', async () => {
    server.on('connection', (socket) => socket.terminate());
    const { log, until } = open();
    await until('close abnormal 1006');
    expect(log).toEqual(['close abnormal 1006']);
  });

  it('closes on data after the end (D25)', async () => {
    const late = await connect();
    late.socket.send(hex(''));
    late.socket.send(hex('01'));
    expect((await once(late.socket, 'close'))[0]).toBe(4002);
    await late.until('close abnormal 4002');
    expect(late.log).toEqual(['end', 'fault data after the end of writing', 'close abnormal 4002']);
  });

  it('hands over the control channel of chaton.web.v1 where it came among the bytes (D28)', async () => {
    const order: string[] = [];
    const { socket, stream } = await connect((text) => order.push(text));
    stream.attach({
      onData: (data) => order.push(Buffer.from(data).toString('hex')),
      onEnd: () => order.push('end'),
      onFault: () => {},
      onWritable: () => {},
      onClose: () => {},
    });
    expect(socket.protocol).toBe('chaton.web.v1');
    socket.send(hex('01'));
    socket.send('{}');
    socket.send(hex('02'));
    socket.send(hex(''));
    const closed = once(socket, 'close');
    stream.end();
    await closed;
    expect(order).toEqual(['01', '{}', '02', 'end']);
  });

  it('cuts what is long into messages the server takes, byte for byte (D26)', async () => {
    const { stream, socket, messages } = await connect();
    const long = Buffer.alloc(150_000, 'chaton');
    stream.write(new Uint8Array(long));
    stream.end();
    while (messages.at(-1) !== '') await once(socket, 'message');
    expect(Math.max(...messages.map(({ length }) => length / 2))).toBeLessThanOrEqual(65_536);
    expect(messages.join('')).toBe(long.toString('hex'));
  });

  it('is gone at once when aborted, with nothing after the close', async () => {
    const { stream, log, until, socket } = await connect();
    socket.send(hex('01'));
    stream.abort();
    await until('close abnormal');
    stream.write(hex('ff'));
    stream.end();
    await once(socket, 'close');
    expect(log).toEqual(['close abnormal']);
  });
});
