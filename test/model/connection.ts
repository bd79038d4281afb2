/** One connection as the model sees it: a record, whose rules are in model.ts. */

/** D8: what makes two logins the same. */
export const keyOf = (login: string): string => login.normalize('NFC');

/** D7: 1–30 bytes, nothing that cannot be seen, no white space at either end. */
export function isValidLogin(login: string): boolean {
  const size = Buffer.byteLength(login);
  const unseen = /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/u;
  return size >= 1 && size <= 30 && !unseen.test(login) && !/^\p{White_Space}|\p{White_Space}$/u.test(login);
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
