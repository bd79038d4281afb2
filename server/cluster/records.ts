/**
 * The records of the log: what each means is the same at every node. Commands are written as they came, in binary, since they
 * are many; what is rare and has many fields is JSON.
 */
import type { LongSize } from '../../shared/protocol/commands.ts';
import type { SessionName } from './mesh.ts';

export const RecordType = {
  COMMAND: 1,
  SESSION_GONE: 2,
  DEAD: 3,
  JOIN: 4,
  NODE_LEFT: 5,
  BAN: 6,
  UNBAN: 7,
  NOTICE: 8,
  EXPEL: 9,
  LEAVE_FORMER: 10,
  FREED: 11,
  NOT_HERE: 12,
  FORGET: 13,
} as const;

/** Data that the node that a command came to adds to it, since other nodes could not know or must not check it anew. */
export interface CommandHead {
  readonly session: number;
  /** True for the first command of its session, which makes the seat. */
  readonly isFirst: boolean;
  readonly longSize: LongSize;
  /** LOGIN: whether D7 and the operator's bans let it in. */
  readonly isAllowed: boolean;
  /** The key of the login that the command is about, where that is not the login itself (D8). */
  readonly key: string | null;
  /** OK_PRIVATE: chance for the connect_id (D17). */
  readonly seed: number | null;
  /** LOGIN_PRIVATE: keyed hash of the network, by which guesses are counted (D18); null for one without limits. */
  readonly network: string | null;
}

export interface JoinBody {
  readonly name: string;
  /** Address of the mesh. */
  readonly address: string;
  readonly rules: number;
  /** Limits that the rules depend on, by name. */
  readonly limits: Readonly<Record<string, number>>;
}

export type LogRecord =
  | { readonly type: typeof RecordType.COMMAND; readonly head: CommandHead; readonly raw: Uint8Array }
  /** The connection of a session is over. */
  | { readonly type: typeof RecordType.SESSION_GONE; readonly session: number }
  /** A node is dead, if the last batch of it that was applied is still this one: the last 32 bits of its number. */
  | { readonly type: typeof RecordType.DEAD; readonly incarnation: string; readonly batch: number }
  | { readonly type: typeof RecordType.JOIN; readonly body: JoinBody }
  /** The writer leaves the room: its last record. */
  | { readonly type: typeof RecordType.NODE_LEFT }
  | { readonly type: typeof RecordType.BAN | typeof RecordType.UNBAN; readonly ban: unknown }
  | { readonly type: typeof RecordType.NOTICE; readonly text: string }
  /** Messages under these logins are not shown to those who come later. */
  | { readonly type: typeof RecordType.FORGET; readonly logins: readonly string[] }
  /** The operator disconnects a connection, of whichever node. */
  | { readonly type: typeof RecordType.EXPEL; readonly target: SessionName }
  /** A page that is a session of the writer now leaves its former connection, of this token, wherever that is. */
  | {
      readonly type: typeof RecordType.LEAVE_FORMER;
      readonly session: number;
      /** SHA-256 of the token. */
      readonly digest: Uint8Array;
      readonly site: string;
    }
  /** The former connection of this session's page is over, and its login free: SESSION_GONE came before. */
  | { readonly type: typeof RecordType.FREED; readonly target: SessionName }
  /** The writer does not have the former connection of this session's page. */
  | { readonly type: typeof RecordType.NOT_HERE; readonly target: SessionName };

const LONG64 = 1;
const FIRST = 2;
const ALLOWED = 4;
const KEY = 8;
const SEED = 16;
const NETWORK = 32;
const NETWORK_BYTES = 8;
const INCARNATION_BYTES = 8;
const DIGEST_BYTES = 32;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
// The log copies what it is given, so one buffer serves all commands.
const scratch = Buffer.alloc(4096);

/** Encodes a command, into memory that is valid until the next call. */
export function encodeCommand(head: CommandHead, raw: Uint8Array): Uint8Array {
  const { session, isFirst, longSize, isAllowed, key, seed, network } = head;
  scratch[0] = RecordType.COMMAND;
  scratch.writeUInt32BE(session, 1);
  scratch[5] =
    (longSize === 8 ? LONG64 : 0) |
    (isFirst ? FIRST : 0) |
    (isAllowed ? ALLOWED : 0) |
    (key === null ? 0 : KEY) |
    (seed === null ? 0 : SEED) |
    (network === null ? 0 : NETWORK);
  let at = 6;
  if (key !== null) {
    const length = scratch.write(key, at + 1);
    scratch[at] = length;
    at += 1 + length;
  }
  if (seed !== null) at = scratch.writeInt32BE(seed, at);
  if (network !== null) at += scratch.write(network, at, NETWORK_BYTES, 'hex');
  scratch.set(raw, at);
  return scratch.subarray(0, at + raw.length);
}

/** Encodes any other record. */
export function encodeRecord(record: Exclude<LogRecord, { type: typeof RecordType.COMMAND }>): Uint8Array {
  switch (record.type) {
    case RecordType.SESSION_GONE:
      return withNumber(record.type, record.session);
    case RecordType.DEAD:
      return withName(record.type, { incarnation: record.incarnation, session: record.batch >>> 0 });
    case RecordType.EXPEL:
    case RecordType.FREED:
    case RecordType.NOT_HERE:
      return withName(record.type, record.target);
    case RecordType.JOIN:
      return withText(record.type, JSON.stringify(record.body));
    case RecordType.NODE_LEFT:
      return Uint8Array.of(record.type);
    case RecordType.BAN:
    case RecordType.UNBAN:
      return withText(record.type, JSON.stringify(record.ban));
    case RecordType.NOTICE:
      return withText(record.type, record.text);
    case RecordType.FORGET:
      return withText(record.type, JSON.stringify(record.logins));
    case RecordType.LEAVE_FORMER:
      return Buffer.concat([
        withNumber(record.type, record.session),
        record.digest,
        encoder.encode(record.site),
      ]);
  }
}

/**
 * Reads a record; null for one that this program does not know, and for one that nobody can read, which every node passes over
 * alike: it was not written by a gateway. Its bytes are valid as long as those given.
 */
export function readRecord(bytes: Uint8Array, onUnreadable: () => void): LogRecord | null {
  try {
    const record = decodeRecord(bytes);
    if (record === null || isWhole(record)) return record;
  } catch {
    // Too short, or no JSON.
  }
  onUnreadable();
  return null;
}

/** Tells whether what was read from JSON, or to the end of a record, is what it has to be. */
function isWhole(record: LogRecord): boolean {
  switch (record.type) {
    case RecordType.JOIN: {
      const { name, address, rules, limits } = record.body as Partial<Record<keyof JoinBody, unknown>>;
      const areTexts = typeof name === 'string' && typeof address === 'string';
      return areTexts && typeof rules === 'number' && typeof limits === 'object' && limits !== null;
    }
    case RecordType.FORGET: {
      const logins: unknown = record.logins;
      return Array.isArray(logins) && logins.every((login) => typeof login === 'string');
    }
    case RecordType.LEAVE_FORMER:
      return record.digest.length === DIGEST_BYTES;
    default:
      return true;
  }
}

/** Decodes a record; null for one that this program does not know. Throws for one that is too short, or no JSON. */
function decodeRecord(bytes: Uint8Array): LogRecord | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = buffer[0] as LogRecord['type'];
  switch (type) {
    case RecordType.COMMAND:
      return decodeCommand(buffer);
    case RecordType.SESSION_GONE:
      return { type, session: buffer.readUInt32BE(1) };
    case RecordType.DEAD: {
      const { incarnation, session: batch } = nameIn(buffer);
      return { type, incarnation, batch };
    }
    case RecordType.EXPEL:
    case RecordType.FREED:
    case RecordType.NOT_HERE:
      return { type, target: nameIn(buffer) };
    case RecordType.JOIN:
      return { type, body: JSON.parse(textIn(buffer, 1)) as JoinBody };
    case RecordType.NODE_LEFT:
      return { type };
    case RecordType.BAN:
    case RecordType.UNBAN:
      return { type, ban: JSON.parse(textIn(buffer, 1)) as unknown };
    case RecordType.NOTICE:
      return { type, text: textIn(buffer, 1) };
    case RecordType.FORGET:
      return { type, logins: JSON.parse(textIn(buffer, 1)) as string[] };
    case RecordType.LEAVE_FORMER:
      return {
        type,
        session: buffer.readUInt32BE(1),
        digest: buffer.subarray(5, 5 + DIGEST_BYTES),
        site: textIn(buffer, 5 + DIGEST_BYTES),
      };
    default:
      return null;
  }
}

function decodeCommand(buffer: Buffer): LogRecord {
  const flags = buffer[5]!;
  const has = (flag: number) => (flags & flag) !== 0;
  let at = 6;
  let key: string | null = null;
  let seed: number | null = null;
  let network: string | null = null;
  if (has(KEY)) {
    const end = at + 1 + buffer[at]!;
    key = utf8.decode(buffer.subarray(at + 1, end));
    at = end;
  }
  if (has(SEED)) {
    seed = buffer.readInt32BE(at);
    at += 4;
  }
  if (has(NETWORK)) {
    network = buffer.toString('hex', at, at + NETWORK_BYTES);
    at += NETWORK_BYTES;
  }
  const head: CommandHead = {
    session: buffer.readUInt32BE(1),
    isFirst: has(FIRST),
    longSize: has(LONG64) ? 8 : 4,
    isAllowed: has(ALLOWED),
    key,
    seed,
    network,
  };
  return { type: RecordType.COMMAND, head, raw: buffer.subarray(at) };
}

function withNumber(type: number, number: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = type;
  bytes.writeUInt32BE(number, 1);
  return bytes;
}

function withName(type: number, { incarnation, session }: SessionName): Buffer {
  const bytes = Buffer.alloc(1 + INCARNATION_BYTES + 4);
  bytes[0] = type;
  bytes.write(incarnation, 1, 'hex');
  bytes.writeUInt32BE(session, 1 + INCARNATION_BYTES);
  return bytes;
}

function nameIn(buffer: Buffer): SessionName {
  return {
    incarnation: buffer.toString('hex', 1, 1 + INCARNATION_BYTES),
    session: buffer.readUInt32BE(1 + INCARNATION_BYTES),
  };
}

function withText(type: number, text: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(type), encoder.encode(text)]);
}

function textIn(buffer: Buffer, from: number): string {
  return utf8.decode(buffer.subarray(from));
}
