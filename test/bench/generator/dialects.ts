/** Wire formats of the servers in the fan-out: how to get into the room, how to post, and what is delivered. */
import { encode } from '../../../shared/protocol/encoder.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { DialectName } from '../jobs.ts';
import type { Endpoint, Wire } from './wire.ts';

/** Size of the text of a message, in bytes. */
export const TEXT_BYTES = 64;

/** Bytes around the text of a message: the same for every message of one sender. */
interface Envelope {
  readonly before: Buffer;
  readonly after: Buffer;
}

export interface Dialect {
  readonly endpoint: Endpoint;
  /** True when a subscribed connection cannot post, so that the senders need connections of their own. */
  readonly sendersApart: boolean;
  /** Gets a fresh connection into the room, so that it receives everything that follows. */
  join(wire: Wire, name: string): Promise<void>;
  /** Envelope of a message as its sender writes it. */
  post(name: string): Envelope;
  /** Envelope of the same message as it is delivered to everyone; of one length for all senders. */
  delivery(name: string): Envelope;
  /**
   * First byte of a line that the server sends between messages, where it does; such a line ends with `\
   * `.
   */
  readonly aside?: number;
}

/** Makes a login of 7 bytes that no other connection of this bench has. */
export function nameOf(run: number, index: number): string {
  const digits = (value: number, width: number): string => value.toString(36).padStart(width, '0');
  return `b${digits(run % 36 ** 2, 2)}${digits(index, 4)}`;
}

const envelope = (before: string | Uint8Array, after = ''): Envelope => ({
  before: Buffer.from(before as string),
  after: Buffer.from(after),
});

function chatonMessage(login: string): Envelope {
  const message = encode({ opcode: Opcode.MESSAGE, login, msg: 'x'.repeat(TEXT_BYTES) });
  return envelope(message.subarray(0, -TEXT_BYTES));
}

const chaton: Dialect = {
  endpoint: { path: '/ws', subprotocol: 'chaton.v1' },
  sendersApart: false,
  async join(wire, login) {
    wire.write(encode({ opcode: Opcode.LOGIN, login }));
    await wire.expect(encode({ opcode: Opcode.LOGIN_ACCEPTED }));
  },
  post: chatonMessage,
  delivery: chatonMessage,
};

const redis: Dialect = {
  endpoint: { path: '/' },
  sendersApart: true,
  async join(wire) {
    wire.write(Buffer.from('*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n'));
    await wire.expect(Buffer.from('*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n'));
  },
  post: () => envelope(`*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$${TEXT_BYTES}\r\n`, '\r\n'),
  delivery: () => envelope(`*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$${TEXT_BYTES}\r\n`, '\r\n'),
};

const nats: Dialect = {
  endpoint: { path: '/' },
  sendersApart: false,
  async join(wire) {
    await wire.until('\r\n');
    wire.write(Buffer.from('CONNECT {"verbose":false,"pedantic":false}\r\nSUB c 1\r\nPING\r\n'));
    await wire.until('PONG\r\n');
  },
  post: () => envelope(`PUB c ${TEXT_BYTES}\r\n`, '\r\n'),
  delivery: () => envelope(`MSG c 1 ${TEXT_BYTES}\r\n`, '\r\n'),
  // PING may go unanswered twice.
  aside: 'P'.charCodeAt(0),
};

const mqttPublish = (): Envelope => envelope(Uint8Array.of(0x30, 3 + TEXT_BYTES, 0, 1, 0x63));

const mqtt: Dialect = {
  endpoint: { path: '/', subprotocol: 'mqtt' },
  sendersApart: false,
  async join(wire, name) {
    const connect = [0x10, 12 + name.length, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 0, 0, name.length];
    wire.write(Uint8Array.of(...connect, ...Buffer.from(name)));
    await wire.expect(Uint8Array.of(0x20, 2, 0, 0));
    wire.write(Uint8Array.of(0x82, 6, 0, 1, 0, 1, 0x63, 0));
    await wire.expect(Uint8Array.of(0x90, 3, 0, 1, 0));
  },
  post: mqttPublish,
  delivery: mqttPublish,
};

const none: Dialect = {
  // websockify requires the subprotocol.
  endpoint: { path: '/', subprotocol: 'binary' },
  sendersApart: false,
  join: (wire) =>
    wire.transport === 'ws' || !wire.socket.connecting
      ? Promise.resolve()
      : new Promise((resolve, reject) => wire.socket.once('connect', resolve).once('error', reject)),
  post: () => envelope(''),
  delivery: () => envelope(''),
};

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { chaton, redis, nats, mqtt, none };
