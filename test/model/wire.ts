/** Reader of commands, as simple as possible: it is given all that has come, and starts from the beginning. */
import { isUtf8 } from 'node:buffer';

/** STRINGs by their limit (D3): a proposed login (D7), a login, a message; then LONG. */
const LIMITS = { p: 1024, l: 30, m: 1024 } as const;
const LAYOUTS: Readonly<Record<number, string>> = {
  0: 'p',
  3: 'lm',
  4: 'llm',
  5: 'll',
  6: 'll',
  7: 'll',
  9: '#',
};
const FROM_SERVER: readonly number[] = [1, 2, 8, 10];

export type Reading =
  | { readonly kind: 'more' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | {
      readonly kind: 'command';
      readonly opcode: number;
      readonly strings: readonly string[];
      /** Value of the LONG; null when it does not fit 32 bits (D2). */
      readonly id: number | null;
      /** Bytes of the command as it came, in hex. */
      readonly raw: string;
      readonly size: number;
    };

const MORE = { kind: 'more' } as const;
const unreadable = (reason: string): Reading => ({ kind: 'unreadable', reason });

/** Reads the beginning of a client's bytes (D1–D5). */
export function read(input: Buffer, longBytes: 4 | 8): Reading {
  const [opcode] = input;
  if (opcode === undefined) return MORE;
  if (FROM_SERVER.includes(opcode)) return unreadable('opcode of the other side');
  const layout = LAYOUTS[opcode];
  if (layout === undefined) return unreadable('unknown opcode');
  const strings: Buffer[] = [];
  let id: number | null = null;
  let at = 1;
  for (const field of layout) {
    const head = field === '#' ? longBytes : 4;
    if (input.length < at + head) return MORE;
    if (field === '#') {
      const value = longBytes === 8 ? input.readBigInt64BE(at) : BigInt(input.readInt32BE(at));
      id = value === BigInt.asIntN(32, value) ? Number(value) : null;
    } else {
      const size = input.readInt32BE(at);
      if (size < 0) return unreadable('negative size');
      if (size > LIMITS[field as keyof typeof LIMITS]) return unreadable('size over the limit');
      if (input.length < at + head + size) return MORE;
      strings.push(input.subarray(at + head, at + head + size));
      at += size;
    }
    at += head;
  }
  if (!strings.every((string) => isUtf8(string))) return unreadable('invalid UTF-8');
  return {
    kind: 'command',
    opcode,
    strings: strings.map((string) => string.toString('utf8')),
    id,
    raw: input.toString('hex', 0, at),
    size: at,
  };
}
