/** Command → bytes. */
import { concat } from './bytes.ts';
import { COMMANDS, type FieldKind, type Command, type LongSize } from './commands.ts';

const utf8 = new TextEncoder();

/**
 * Encodes one command (§ "Représentation des données", D1).
 * Throws a RangeError, naming command and field, for a string over its limit (D3), a string that is not
 * well-formed Unicode (D4: nothing is replaced), or a LONG that is not a signed 32-bit integer (D2).
 */
export function encode(command: Command, longSize: LongSize = 4): Uint8Array<ArrayBuffer> {
  const entry = COMMANDS[command.opcode];
  const values = command as unknown as Readonly<Record<string, string | number>>;
  const parts = entry.fields.map(([name, kind]) =>
    encodeField(values[name], kind, longSize, `${entry.name} ${name}`),
  );
  return parts.reduce(concat, Uint8Array.of(entry.opcode));
}

/** Length of a text in bytes of UTF-8: the unit of every limit of the protocol. */
export function byteLength(text: string): number {
  return utf8.encode(text).length;
}

function encodeField(
  value: string | number | undefined,
  kind: FieldKind,
  longSize: LongSize,
  where: string,
): Uint8Array<ArrayBuffer> {
  if (kind.type === 'long') {
    if (typeof value !== 'number' || (value | 0) !== value)
      throw new RangeError(`${where}: not a signed 32-bit integer`);
    const bytes = new Uint8Array(longSize);
    const view = new DataView(bytes.buffer);
    if (longSize === 8) view.setInt32(0, value >> 31);
    view.setInt32(longSize - 4, value);
    return bytes;
  }
  if (typeof value !== 'string' || !value.isWellFormed())
    throw new RangeError(`${where}: not well-formed Unicode text`);
  const text = utf8.encode(value);
  if (text.length > kind.maxBytes)
    throw new RangeError(`${where}: ${text.length} bytes, at most ${kind.maxBytes} are allowed`);
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setInt32(0, text.length);
  bytes.set(text, 4);
  return bytes;
}
