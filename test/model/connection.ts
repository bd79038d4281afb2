/** Connection as the model sees it: a record, whose rules are in model.ts. */

/** Form of a login that is the same for equal logins (D8). */
export const keyOf = (login: string): string => login.normalize('NFC');

/** Validates a login (D7): 1–30 bytes, no invisible character, no white space but U+0020, and that not at either end. */
export function isValidLogin(login: string): boolean {
  const size = Buffer.byteLength(login);
  return size >= 1 && size <= 30 && login.trim() === login && Array.from(login).every(isSeen);
}

function isSeen(character: string): boolean {
  const point = character.codePointAt(0)!;
  const isNoncharacter = (point & 0xfffe) === 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
  const isBlank = [0x2800, 0xfffc, 0x13441, 0x13442, 0x16fe4, 0x1d159].includes(point);
  const isUnseen = /\p{Cc}|\p{Cf}|\p{Default_Ignorable_Code_Point}/u.test(character);
  return !isNoncharacter && !isBlank && !isUnseen && (character === ' ' || !/\s/u.test(character));
}

export type ModelPhase = 'stranger' | 'member' | 'waiting' | 'relay' | 'over';

export class Connection {
  readonly longBytes: 4 | 8;
  readonly network: string;
  phase: ModelPhase = 'stranger';
  login: string | null = null;
  refusals = 0;
  ignored = 0;
  /** Bytes of a command that is not complete. */
  input = Buffer.alloc(0);
  /** Bytes that were sent to it so far, in hex. */
  sent = '';
  /** Bytes that it is sent at the end of this turn, in hex. */
  queued = '';

  /** True once the client has ended its writing, and the server has. */
  inEnded = false;
  outEnded = false;
  /** Kind of close by the server; whether it was aborted, and the reason for the end, follow. */
  closed: string | null = null;
  aborted = false;
  reason: string | null = null;

  // State as a side of a private connection.
  other: Connection | null = null;
  held = Buffer.alloc(0);
  /** True while it takes nothing. */
  stalled = false;
  /** True while the server reads nothing from it; the input meanwhile follows, in which null is the end of writing. */
  paused = false;
  later: Array<Buffer | null> = [];

  constructor(longBytes: 4 | 8, network: string) {
    this.longBytes = longBytes;
    this.network = network;
  }

  /** Takes the next of the input that came while nothing was read. */
  next(): Buffer | null | undefined {
    return this.paused ? undefined : this.later.shift();
  }

  say(hex: string): void {
    this.queued += hex;
  }

  /** Sends what is queued. */
  settle(): void {
    if (this.phase !== 'over') this.sent += this.queued;
    this.queued = '';
  }
}
