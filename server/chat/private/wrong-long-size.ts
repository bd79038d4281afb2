/** Signs that a native client writes LONG on another number of bytes than its listener reads (D2). */
import { COMMANDS, Opcode, isSentBy, type LongSize } from '../../../shared/protocol/commands.ts';
import type { Source } from '../environment/observer.ts';

/** The opcodes of commands that a server sends a client and that begin with the size of a login: `03 000000` and so on. */
const BEGINS_WITH_LOGIN: readonly number[] = COMMANDS.filter(
  (command) => isSentBy('server', command) && command.fields[0]?.[1].type === 'string',
).map(({ opcode }) => opcode);

/**
 * The width that a client seems to use, by its LOGIN_PRIVATE; null when nothing speaks against the listener's.
 * On 4 bytes 0 and -1 are what a sign extension begins with, and good ids once in two thousand million. An 8-byte client
 * that was given its id on 4 bytes takes what came next for the other half, and writes it behind the id. On 8 bytes no
 * id is outside 32 bits.
 * @param rest what came behind the command, when the id was good
 */
export function suspectedLongSize(
  { transport, longSize }: Source,
  connectId: number,
  rest: Uint8Array | null,
): LongSize | null {
  if (transport === 'websocket') return null;
  if (longSize === 8) return (connectId | 0) === connectId ? null : 4;
  if (rest === null) return connectId === 0 || connectId === -1 ? 8 : null;
  return rest.length >= 4 && isOtherHalf(rest) ? 8 : null;
}

/** Tells whether the input of an 8-byte connection that ends is a LOGIN_PRIVATE of 4 bytes, and nothing else. */
export function isHalfLoginPrivate(rest: Uint8Array): boolean {
  return rest.length === 5 && rest[0] === Opcode.LOGIN_PRIVATE;
}

function isOtherHalf(rest: Uint8Array): boolean {
  const [first = 0, second, third, fourth, fifth] = rest;
  if (second !== third || third !== fourth) return false;
  if (first === second && (first === 0 || first === 0xff)) return true;
  // A client may rightly begin with a command; then the lowest byte of the login's size is next, which is 1 to 30.
  const isCommand = fifth !== undefined && fifth >= 1 && fifth <= 30;
  return second === 0 && BEGINS_WITH_LOGIN.includes(first) && !isCommand;
}
