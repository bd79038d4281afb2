/**
 * Hand-made writer of Chaton in hex, straight from the specification ("Représentation des données", D1). It shares
 * nothing with the code under test: an error in one cannot hide in the other.
 */

/** Bytes from hex; white space may separate the fields, as in the examples of D1. */
export function bytes(hex: string): Buffer {
  const digits = hex.replace(/\s/g, '');
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`not hex: ${hex}`);
  return Buffer.from(digits, 'hex');
}

/** INT: 4 signed bytes, big-endian. */
export function int(value: number): string {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer.toString('hex');
}

/** STRING around bytes that need not be UTF-8. */
export const rawStr = (hex: string): string => int(hex.length / 2) + hex;

/** STRING: `str('alice')` is `00000005616c696365`. */
export const str = (text: string): string => rawStr(Buffer.from(text, 'utf8').toString('hex'));

export const ACCEPTED = '01';
export const REFUSED = '02';

export const login = (name: string): string => '00' + str(name);
export const message = (from: string, text: string): string => '03' + str(from) + str(text);
export const privateMessage = (from: string, to: string, text: string): string =>
  '04' + str(from) + str(to) + str(text);
export const requestPrivate = (requester: string, target: string): string =>
  '05' + str(requester) + str(target);
export const okPrivate = (requester: string, target: string): string => '06' + str(requester) + str(target);
export const koPrivate = (requester: string, target: string): string => '07' + str(requester) + str(target);
export const idPrivate = (requester: string, target: string, id: number): string =>
  '08' + str(requester) + str(target) + int(id);
export const loginPrivate = (id: number): string => '09' + int(id);

/** Number of STRINGs that follow each opcode that the gateway sends in the room. */
const STRINGS: Readonly<Record<string, number>> = { '01': 0, '02': 0, '03': 2, '04': 3 };

/** Cuts hex into its commands; a rest that is no whole command is an error. */
export function commands(hex: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < hex.length;) {
    const start = at;
    const strings = STRINGS[hex.slice(at, at + 2)];
    if (strings === undefined) throw new Error(`no opcode at ${at / 2}: ${hex.slice(at, at + 20)}`);
    at += 2;
    for (let i = 0; i < strings; i++) at += 8 + 2 * Number.parseInt(hex.slice(at, at + 8), 16);
    if (!(at <= hex.length)) throw new Error(`half a command at ${start / 2}`);
    found.push(hex.slice(start, at));
  }
  return found;
}
