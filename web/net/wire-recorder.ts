/** The commands that pass, decoded: what the wire inspector shows. */
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import { COMMANDS, Opcode, type Command } from '../../shared/protocol/commands.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { encodeString, PrivateStreamParser, type PrivateItem } from '../../shared/protocol/private-stream.ts';
import type { UnreadableReason } from '../../shared/protocol/reasons.ts';
import { fieldsOf, parseControl, type ControlMessage } from '../../shared/protocol/control.ts';
import type { Direction, Tapped, WireTap } from './page-stream.ts';
import { parserOf } from './private-connections.ts';

/** A field of a command, and where its bytes are in it. */
export interface WireField {
  readonly name: string;
  readonly value: string;
  /** The whole value, where `value` is only its beginning. */
  readonly whole?: string;
  /** Index of its first byte, the length of a STRING included, and of the first byte behind it. */
  readonly from: number;
  readonly to: number;
}

/** Reason why a MESSAGE of a private connection is read as bytes. */
export const BEHIND_RAW = 'behind raw bytes';
/** Reason why the beginning of an item of a private connection is read as bytes so far. */
export const UNFINISHED = 'unfinished';

export interface WireRecord {
  readonly id: number;
  /** Time, in ms since 1970. */
  readonly at: number;
  /** Number of the connection, from 1: the first is the main one unless a private one was there before. */
  readonly stream: number;
  readonly direction: Direction;
  /** `control`: a text of the control channel, beside the stream (D28). */
  readonly kind: 'command' | 'bytes' | 'control';
  /** Name of the command, or type of the control message; `FIN` for the end of writing (D25), null for bytes that are none. */
  readonly name: string | null;
  readonly fields: readonly WireField[];
  readonly bytes: Uint8Array;
  /** Number of bytes that passed, of which `bytes` may have only the beginning. */
  readonly size: number;
  /** Reason why it cannot be read, or why the server has ignored it: that may be newer than this page, and have others. */
  readonly fault: string | null;
  /** End of a command that was sent, in bytes of what the page sent on this connection, where that is known. */
  readonly end: number | null;
}

/** Most records that are kept; older ones are dropped. */
export const MAX_RECORDS = 500;
/** Bytes that are kept of what is no command: only its beginning. */
const MAX_RAW_BYTES = 256;
/** Longest value, in characters, that is kept whole: a history, or the list of a large room, is cut for good. */
export const MAX_WHOLE = 16 * 1024;

interface Recorder {
  readonly tap: WireTap;
  /** The last records, the oldest first. A new array after each change. */
  readonly records: () => readonly WireRecord[];
  readonly clear: () => void;
}

/** One direction of a connection. */
interface Side {
  /** Null once it cannot be read any more. */
  decoder: Decoder | null;
  /** Set once it is that of a private connection (§4), where no command but MESSAGE means anything (D29). */
  parser: PrivateStreamParser | null;
  /** Id of the record of an item whose end has not come; what becomes of the item takes its place. */
  unfinished?: number | undefined;
}

/** A connection: both of its directions, and its number. */
type Both = Readonly<Record<Direction, Side>> & { readonly number: number };

export function createRecorder(changed: () => void, now: () => number = Date.now): Recorder {
  let records: readonly WireRecord[] = [];
  let nextId = 1;
  const known = new WeakMap<object, Both>();
  let streams = 0;

  // Listening may begin in the middle of a connection. This page and the server send whole commands, so it begins with one; in
  // what the other end of a private connection sends, it goes on where the page is.
  const begin = (stream: Tapped): Both => {
    const { isPrivate = false, received = 0 } = stream;
    // ESTABLISHED is the first that comes from the server on a private connection.
    const isEstablished = isPrivate && received > 0;
    return {
      number: ++streams,
      sent: { decoder: new Decoder('client'), parser: isEstablished ? new PrivateStreamParser() : null },
      received: {
        decoder: new Decoder('server'),
        parser: isEstablished ? (parserOf(stream) ?? new PrivateStreamParser()) : null,
      },
    };
  };
  const markIgnoredCommand = (stream: number, { end, reason }: IgnoredCommand) => {
    records = records.map((record) =>
      record.stream === stream && record.end === end ? { ...record, fault: reason } : record,
    );
  };
  return {
    tap(stream, direction, data) {
      const both = known.get(stream) ?? begin(stream);
      known.set(stream, both);
      const about = { at: now(), stream: both.number, direction };
      const side = typeof data === 'string' ? null : both[direction];
      const found = typeof data === 'string' ? [controlOf(data)] : decode(both, direction, data);
      const rest = side?.parser?.unfinished;
      if (rest) found.push({ ...ofItem(rest), fault: UNFINISHED });
      const ignored = typeof data === 'string' ? ignoredCommandIn(data) : null;
      if (ignored) markIgnoredCommand(about.stream, ignored);
      let end = direction === 'sent' && typeof data !== 'string' ? (stream.written ?? null) : null;
      const added = found.map((one): WireRecord => {
        if (end !== null) end += one.size;
        return { id: nextId++, ...about, ...one, end };
      });
      const kept = side?.unfinished ? records.filter(({ id }) => id !== side.unfinished) : records;
      if (side) side.unfinished = rest ? added.at(-1)?.id : undefined;
      records = [...kept, ...added].slice(-MAX_RECORDS);
      changed();
    },
    records: () => records,
    clear() {
      records = [];
      changed();
    },
  };
}

type Decoded = Pick<WireRecord, 'kind' | 'name' | 'fields' | 'bytes' | 'size' | 'fault'>;

function decode(both: Both, direction: Direction, bytes: Uint8Array): Decoded[] {
  const side = both[direction];
  if (bytes.length === 0) return [...restOf(side), FIN];
  if (side.parser) return itemsOf(side.parser, bytes);
  if (!side.decoder) return [raw(bytes)];
  const found: Decoded[] = [];
  side.decoder.push(bytes);
  try {
    for (let command = side.decoder.next(); command; command = side.decoder.next()) {
      found.push(describe(command, side.decoder.raw.slice()));
      // The one that presents the id writes to the other user from then on, who is heard behind ESTABLISHED.
      if (command.opcode !== Opcode.LOGIN_PRIVATE && command.opcode !== Opcode.ESTABLISHED) continue;
      both.sent.parser ??= new PrivateStreamParser();
      side.parser ??= new PrivateStreamParser();
      return [...found, ...itemsOf(side.parser, side.decoder.takeRest())];
    }
    return found;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const rest = raw(side.decoder.takeRest(), error.reason);
    // A direction that has become unreadable stays so.
    side.decoder = null;
    return [...found, rest];
  }
}

/** Returns what still waits for its end, which will not come. */
function restOf({ decoder, parser }: Side): Decoded[] {
  if (parser) return parser.end().map((item) => ofItem(item));
  return decoder?.atBoundary === false ? [raw(decoder.takeRest())] : [];
}

function itemsOf(parser: PrivateStreamParser, bytes: Uint8Array): Decoded[] {
  const { isRaw } = parser;
  return parser.push(bytes).map((item) => {
    const found = ofItem(item);
    // Other bytes than those of a MESSAGE are nothing wrong there.
    if (found.name !== null || found.bytes[0] !== Opcode.MESSAGE) return found;
    const reason = reasonOf('bytes' in item ? item.bytes : found.bytes);
    // Behind raw bytes only a MESSAGE that is right needs a word: its author would look for an error in it.
    return { ...found, fault: isRaw ? (reason === null ? BEHIND_RAW : null) : reason };
  });
}

/** Reason why these bytes are no command; null where they are, as far as they go. */
function reasonOf(bytes: Uint8Array): string | null {
  const side = { decoder: new Decoder('server'), parser: null };
  return decode({ number: 0, sent: side, received: side }, 'received', bytes).at(-1)?.fault ?? null;
}

/** An item of a private connection: strict UTF-8 gives back the very bytes that came. */
function ofItem(item: PrivateItem): Decoded {
  switch (item.kind) {
    case 'message': {
      const command = { opcode: Opcode.MESSAGE, login: item.login, msg: item.msg };
      return describe(command, encode(command));
    }
    case 'string':
      return raw(encodeString(item.text));
    case 'text':
      return raw(new TextEncoder().encode(item.text));
    case 'bytes':
      return raw(item.bytes);
  }
}

function describe(command: Command, bytes: Uint8Array): Decoded {
  const { name, fields } = COMMANDS[command.opcode];
  const values = command as unknown as Readonly<Record<string, string | number>>;
  let at = 1;
  const found = fields.map(([field, { type }]): WireField => {
    const from = at;
    at += type === 'string' ? 4 + lengthAt(bytes, at) : 4;
    return { name: field, value: String(values[field]), from, to: at };
  });
  return { kind: 'command', name, fields: found, bytes, size: bytes.length, fault: null };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at);
}

function raw(bytes: Uint8Array, fault: UnreadableReason | null = null): Decoded {
  const { length: size } = bytes;
  return { kind: 'bytes', name: null, fields: [], bytes: bytes.slice(0, MAX_RAW_BYTES), size, fault };
}

const FIN: Decoded = { ...raw(new Uint8Array(0)), name: 'FIN' };

/** A control message, as the JSON that it is. A token is nobody's business, on a projector least of all. */
function controlOf(text: string): Decoded {
  const { type, ...values } = fieldsOf(text);
  const fields = Object.entries(values).map(([name, value]) => ({
    name,
    ...(name === 'token' ? { value: '…' } : shorten(JSON.stringify(value))),
    from: 0,
    to: 0,
  }));
  return {
    kind: 'control',
    name: typeof type === 'string' ? type : '?',
    fields,
    bytes: new Uint8Array(0),
    size: 0,
    fault: null,
  };
}

function shorten(whole: string): Pick<WireField, 'value' | 'whole'> {
  if (whole.length <= MAX_RAW_BYTES) return { value: whole };
  const value = `${whole.slice(0, MAX_RAW_BYTES).toWellFormed()}…`;
  return whole.length <= MAX_WHOLE ? { value, whole } : { value };
}

type IgnoredCommand = Extract<ControlMessage, { type: 'ignored' }>;

function ignoredCommandIn(text: string): IgnoredCommand | null {
  const message = parseControl(text);
  return message?.type === 'ignored' ? message : null;
}
