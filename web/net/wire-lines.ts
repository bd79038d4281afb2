/** Records of the wire as lines of text, and the choice of them. */
import type { IgnoredReason, UnreadableReason } from '../../shared/protocol/reasons.ts';
import type { Direction } from './page-stream.ts';
import type { BEHIND_RAW, UNFINISHED, WireRecord } from './wire-recorder.ts';

/** Words for what is wrong with a command: it cannot be read, or the server has ignored it. */
type Faults = Readonly<
  Record<UnreadableReason | IgnoredReason | typeof BEHIND_RAW | typeof UNFINISHED, string>
>;

/** Bytes as plain pairs, which can be pasted anywhere; `03 00000005 616c696365 …` would need the field table. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** The bytes of a record; a sign behind them where more have passed. */
export function shownHex({ bytes, size }: Pick<WireRecord, 'bytes' | 'size'>): string {
  return `${toHex(bytes)}${size > bytes.length ? ' …' : ''}`;
}

/** Each command as it is shown, a line for each part of it, for the clipboard. @param faults words for what is wrong */
export function toText(records: readonly WireRecord[], faults: Faults): string {
  return records
    .flatMap((record) => [
      lineOf(record),
      ...(record.size > 0 ? [shownHex(record)] : []),
      ...(record.fault ? [faultInWords(record.fault, faults)] : []),
    ])
    .join('\n');
}

/** Words for a fault of a command; a reason that this page does not know is told as the server names it. */
export function faultInWords(fault: string, faults: Faults): string {
  return Object.entries(faults).find(([known]) => known === fault)?.[1] ?? fault;
}

export function lineOf({ stream, direction, name, fields }: WireRecord): string {
  const values = fields
    .map(({ name: field, value, whole }) => ` ${field}=${JSON.stringify(whole ?? value)}`)
    .join('');
  return `${direction === 'sent' ? '→' : '←'} #${stream} ${name ?? '?'}${values}`;
}

/** In place of a name: all that a native client has, too, and nothing of the control channel. */
export const STREAM_ONLY = '*';

/** Choice of the records that are to be seen; null for all. */
export interface WireFilter {
  readonly name: string | null;
  readonly stream: number | null;
  readonly direction: Direction | null;
}

export function matching(
  records: readonly WireRecord[],
  { name, stream, direction }: WireFilter,
): WireRecord[] {
  return records.filter(
    (record) =>
      (name === null || (name === STREAM_ONLY ? record.kind !== 'control' : (record.name ?? '?') === name)) &&
      (stream === null || record.stream === stream) &&
      (direction === null || record.direction === direction),
  );
}
