/** What runs in the page: one end of a private connection, by the page's own code, and by a bare WebSocket. */
import { openPrivate } from '../../../shared/client/private-connection.ts';
import { encode } from '../../../shared/protocol/encoder.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import { privateFlow } from '../../../web/net/private-connections.ts';
import { PageStream } from '../../../web/net/page-stream.ts';

/** Bytes of one write, which are those of the longest message (D26). */
const PIECE = 64 * 1024;
/** Most bytes that a bare WebSocket has queued: more is not faster. */
const HIGH_WATER = 1024 * 1024;

/** One end of a private connection in the page. */
export interface PageEnd {
  received: number;
  sent: number;
  /** Writes as fast as there is room, until `stop`. */
  write(): void;
  stop(): void;
}

const piece = () => new Uint8Array(PIECE).fill(120);

/** The page's own connection for private connections, as `web/state/private/actions.ts` opens it. */
function own(url: string, connectId: number): Promise<PageEnd> {
  return new Promise((resolve, reject) => {
    const bytes = piece();
    let isStopped = true;
    const stream = new PageStream({ url, flow: privateFlow() });
    const pump = () => {
      while (!isStopped) {
        end.sent += PIECE;
        if (!stream.write(bytes)) return;
      }
    };
    const end: PageEnd = {
      received: 0,
      sent: 0,
      write() {
        isStopped = false;
        pump();
      },
      stop: () => void (isStopped = true),
    };
    openPrivate(stream, connectId, {
      onEstablished: () => resolve(end),
      onData: (data) => void (end.received += data.length),
      onEnd: () => stream.end(),
      onWritable: pump,
      onFault() {},
      onClose: () => reject(new Error('the private connection was closed')),
    });
  });
}

/** The same over `chaton.v1`, by nothing but a WebSocket. */
function bare(url: string, connectId: number): Promise<PageEnd> {
  return new Promise((resolve, reject) => {
    const bytes = piece();
    let isStopped = true;
    const socket = new WebSocket(url, 'chaton.v1');
    socket.binaryType = 'arraybuffer';
    // No event says that there is room; a turn by a message comes sooner than one by a timer.
    const turns = new MessageChannel();
    const pump = () => {
      for (; !isStopped && socket.bufferedAmount < HIGH_WATER; end.sent += PIECE) socket.send(bytes);
      if (!isStopped) turns.port2.postMessage(null);
    };
    turns.port1.onmessage = pump;
    const end: PageEnd = {
      received: -1,
      sent: 0,
      write() {
        isStopped = false;
        pump();
      },
      stop: () => void (isStopped = true),
    };
    socket.onopen = () =>
      socket.send(encode({ opcode: Opcode.LOGIN_PRIVATE, connect_id: connectId }).slice());
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      // The first byte is ESTABLISHED.
      if (end.received < 0) resolve(end);
      end.received += data.byteLength;
    };
    socket.onclose = () => reject(new Error('the WebSocket was closed'));
  });
}

const ways = { own, bare };
export type Way = keyof typeof ways;

let present: PageEnd;
/** What the bench calls, by `Runtime.evaluate`. */
const chatonBench = {
  async open(way: Way, url: string, connectId: number): Promise<true> {
    present = await ways[way](url, connectId);
    return true;
  },
  write: () => present.write(),
  stop(): number {
    present.stop();
    return present.sent;
  },
  received: () => present.received,
};
export type ChatonBench = typeof chatonBench;
Object.assign(globalThis, { chatonBench });
