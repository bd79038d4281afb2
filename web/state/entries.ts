/** Entries of a conversation. */

/** Something at one moment. */
interface Moment {
  readonly id: number;
  /** Time it came, or was sent, in ms since 1970 on this device: the protocol carries none. */
  readonly at: number;
}

/** A message that was said: in the room, by anyone and as the server echoed it (D11); else by or to one person. */
export interface Said extends Moment {
  readonly kind: 'said';
  readonly login: string;
  readonly text: string;
  readonly mine: boolean;
  /** True when it calls this person by name. */
  readonly mention?: boolean;
  /** True for one of ours on a private connection that was perhaps not received: nothing there proves that it was. */
  readonly perhaps?: boolean;
  /** True when it was said before this person first came, and is told by the server's history: no news. */
  readonly early?: true;
}

/** Marks the beginning and the end of what was said before, or stands for what is older and was let go. */
export interface Mark extends Moment {
  readonly kind: 'mark';
  readonly mark: 'before' | 'now' | 'let-go';
}

/**
 * A message of a person who is ignored on this page, or raw data of theirs, which has a `form`: kept, counted, and shown
 * only when someone asks for it.
 */
export interface IgnoredSaid extends Omit<Said, 'kind'>, Partial<Pick<Raw, 'form' | 'isUnfinished'>> {
  readonly kind: 'ignored';
}

/** A time this page was not connected: what was said then is missing, unless the history of the server has it. */
export interface Gap {
  readonly kind: 'gap';
  readonly id: number;
  readonly from: number;
  readonly to: number;
  /** Number of interruptions in a row, between which nothing was said, if there was more than one. */
  readonly times?: number;
  /** True when the history of the server has told all that was said meanwhile, if anything was, but for what a ban had it forget. */
  readonly isFilled?: boolean;
  /** True between two whose private connection was over: nothing was said there, but the name may be of another since. */
  readonly isOver?: boolean;
}

/** Something that happened, said by the page itself. */
export interface Note extends Moment {
  readonly kind: 'note';
  readonly note:
    | 'asked'
    | 'refused'
    /** We have refused their request. */
    | 'declined'
    | 'absent'
    | 'open'
    | 'i-ended'
    | 'they-ended'
    | 'closed'
    | 'i-closed'
    | 'lost'
    | 'page-ended'
    | 'lapsed'
    | 'asking-ended'
    | 'asked-ended';
  readonly login: string;
  /** Number of times that it happened in a row, if more than once; `at` is the last. */
  readonly times?: number;
}

/** Requests for a private connection that have lapsed within a short time, in one entry of the room. */
export interface Lapsed extends Moment {
  readonly kind: 'lapsed';
  readonly logins: readonly string[];
}

/** Data that came over a private connection and is no MESSAGE: text, or a hex dump of bytes that are not even text. */
export interface Raw extends Moment {
  readonly kind: 'raw';
  readonly form: 'text' | 'bytes';
  readonly text: string;
  /** True while its end has not come: what it turns out to be takes its place. */
  readonly isUnfinished?: boolean;
}

/** People who came and went within a short time, in one entry. */
export interface PresenceChange extends Moment {
  readonly kind: 'presence';
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** Notice of the operator of the server to everyone. */
export interface OperatorNotice extends Moment {
  readonly kind: 'notice';
  readonly text: string;
}

export type Entry = Said | IgnoredSaid | Gap | Note | Raw | PresenceChange | OperatorNotice | Mark | Lapsed;

/** Entries that somebody has written. */
export function hasContent({ kind }: Entry): boolean {
  return kind === 'said' || kind === 'ignored' || kind === 'raw';
}

/** A message of ours that is not confirmed yet, or was not sent. */
export interface Outgoing {
  readonly id: number;
  readonly text: string;
  /** Time it was written, in ms since 1970. */
  readonly at: number;
  /**
   * `waiting`: for its turn, or for the connection. `sending`: on its way. `unsure`: the connection went meanwhile.
   * `unconfirmed`: it is back, and nobody here knows whether the message was delivered. `not-sent`: it was not.
   */
  readonly state: 'waiting' | 'sending' | 'unsure' | 'unconfirmed' | 'not-sent';
  /** End of the command of one that is `sending`, in bytes of what this page sent on this connection. */
  readonly end?: number;
  /** Reason why it was not sent, as the server names it; it may be newer than this page, and have others. */
  readonly reason?: string;
}
