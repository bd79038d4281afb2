/** The commands of this session, decoded: what the wire inspector shows. */
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import { COMMANDS, type Frame } from '../../shared/protocol/commands.ts';
import type { Direction, WireTap } from './wire-tap.ts';

export interface WireRecord {
  readonly id: number;
  /** Time, in ms since 1970. */
  readonly at: number;
  /** Number of the connection, from 1: the first is the main one unless a private one was there before. */
  readonly stream: number;
  readonly direction: Direction;
  /** Name of the command, or null for bytes that are none. */
  readonly name: string | null;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly bytes: Uint8Array;
}

/** Most records that are kept; older ones are dropped. */
export const MAX_RECORDS = 500;
/** Bytes that are kept of what is no command: only its beginning. */
const MAX_RAW_BYTES = 256;

interface Recorder {
  readonly tap: WireTap;
  /** The last records, the oldest first. A new array after each change. */
  readonly records: () => readonly WireRecord[];
  readonly clear: () => void;
}

export function createRecorder(changed: () => void, now: () => number = Date.now): Recorder {
  let records: readonly WireRecord[] = [];
  let nextId = 1;
  const numbers = new WeakMap<object, number>();
  let streams = 0;
  const decoders = new WeakMap<object, Record<Direction, Decoder | null>>();

  const numberOf = (stream: object): number => {
    const number = numbers.get(stream) ?? ++streams;
    numbers.set(stream, number);
    return number;
  };
  const decodersOf = (stream: object) => {
    let both = decoders.get(stream);
    // Listening may begin in the middle of a connection; both ends send whole commands, so it begins with one.
    if (!both)
      decoders.set(stream, (both = { sent: new Decoder('client'), received: new Decoder('server') }));
    return both;
  };
  return {
    tap(stream, direction, bytes) {
      const both = decodersOf(stream);
      const about = { at: now(), stream: numberOf(stream), direction };
      const { found, readable } = decode(both[direction], bytes);
      // A direction that has become unreadable stays so.
      if (!readable) both[direction] = null;
      const fresh = found.map((one): WireRecord => ({ id: nextId++, ...about, ...one }));
      records = [...records, ...fresh].slice(-MAX_RECORDS);
      changed();
    },
    records: () => records,
    clear() {
      records = [];
      changed();
    },
  };
}

type Decoded = Pick<WireRecord, 'name' | 'fields' | 'bytes'>;

function decode(decoder: Decoder | null, bytes: Uint8Array): { found: Decoded[]; readable: boolean } {
  if (!decoder) return { found: [raw(bytes)], readable: false };
  const found: Decoded[] = [];
  decoder.push(bytes);
  try {
    for (let frame = decoder.next(); frame; frame = decoder.next())
      found.push(describe(frame, decoder.raw.slice()));
    return { found, readable: true };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { found: [...found, raw(decoder.takeRest())], readable: false };
  }
}

function describe(frame: Frame, bytes: Uint8Array): Decoded {
  const { name, fields } = COMMANDS[frame.opcode];
  const values = frame as unknown as Readonly<Record<string, string | number>>;
  return { name, fields: fields.map(([field]) => [field, String(values[field])]), bytes };
}

function raw(bytes: Uint8Array): Decoded {
  return { name: null, fields: [], bytes: bytes.slice(0, MAX_RAW_BYTES) };
}

/** Bytes as plain pairs, which can be pasted anywhere; `03 00000005 616c696365 …` would need the field table. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** One line per command, for the clipboard. */
export function toText(records: readonly WireRecord[]): string {
  return records.map((record) => `${lineOf(record)}\n${toHex(record.bytes)}`).join('\n');
}

export function lineOf({ stream, direction, name, fields }: WireRecord): string {
  const values = fields.map(([field, value]) => ` ${field}=${JSON.stringify(value)}`).join('');
  return `${direction === 'sent' ? '→' : '←'} #${stream} ${name ?? '?'}${values}`;
}
