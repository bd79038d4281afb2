/** One connection as the model sees it: a record, whose rules are in model.ts. */

/** D8: what makes two logins the same. */
export const keyOf = (login: string): string => login.normalize('NFC');

/** D7: 1–30 bytes, nothing that cannot be seen, no white space but U+0020, and that not at either end. */
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
  /** Commands of which not all has come. */
  input = Buffer.alloc(0);
  /** Everything that was sent to it so far, in hex. */
  sent = '';
  /** And what it is sent at the end of this turn. */
  queued = '';

  /** Whether it has ended its writing, and whether the server has. */
  inEnded = false;
  outEnded = false;
  /** How the server closed it for cause, and why it is over. */
  closed: string | null = null;
  aborted = false;
  reason: string | null = null;

  // As a leg.
  other: Connection | null = null;
  held = Buffer.alloc(0);
  /** It takes nothing for now. */
  stalled = false;
  /** The server reads nothing from it for now; what comes meanwhile. Null is the end of writing. */
  paused = false;
  later: Array<Buffer | null> = [];

  constructor(longBytes: 4 | 8, network: string) {
    this.longBytes = longBytes;
    this.network = network;
  }

  /** What came while nothing was read from it, one after the other. */
  next(): Buffer | null | undefined {
    return this.paused ? undefined : this.later.shift();
  }

  say(hex: string): void {
    this.queued += hex;
  }

  /** What is queued is sent. */
  settle(): void {
    if (this.phase !== 'over') this.sent += this.queued;
    this.queued = '';
  }
}
