/** Private connections, as the page knows them (§3, §4). */
import { loginKey } from '../../shared/protocol/login.ts';
import type { ConversationBase } from './conversation-base.ts';
import { canWrite, type Stage } from './stage.ts';
import type { Entry, Note } from './entries.ts';
import { Log } from './log.ts';

export type PrivateKey = `private:${string}`;

/** Private connections with one person: the one there is now, and what is left of those before. */
export interface Private extends ConversationBase {
  readonly kind: 'private';
  readonly key: PrivateKey;
  readonly login: string;
  readonly stage: Stage;
  /** We have asked, and there is no answer yet (§3). */
  readonly asking: boolean;
  /** They have asked, and we have not answered. */
  readonly asked: boolean;
  /** Time of its last change: what runs out, runs out from then. */
  readonly since: number;
  /** End of the command of ours that it came this far by, our request or our acceptance, in bytes of what this page sent. */
  readonly end?: number;
  /** True while its way to the server is interrupted: it may go on where it was (D28). */
  readonly isInterrupted?: boolean;
  /** True once it was: what they ended then, they may have ended before what we wrote had come to them. */
  readonly wasInterrupted?: boolean;
}

/**
 * Actions of a person on private connections; a lazy part has them. The first three send a command, or note in the state
 * that there is no connection (`linkNote`), and do nothing else then. The other two need none: what they write is sent once
 * their own way to the server is back (D28).
 */
export interface PrivateActions {
  /** Asks someone for a private connection, accepts theirs if they have asked, or shows the one there is. */
  readonly requestPrivate: (login: string) => void;
  /** Accepts a request, and ends the connection before, if there is one: both want a new one. */
  readonly acceptPrivate: (login: string) => void;
  readonly refusePrivate: (login: string) => void;
  /**
   * Stops waiting for an answer, or for the other end. There is no command to take a request back: their acceptance leads
   * nowhere.
   */
  readonly cancelPrivate: (login: string) => void;
  /** Ends our writing; what they write still comes (D21). Once more, for who does not end theirs, closes the connection. */
  readonly endPrivate: (login: string) => void;
}

/** True from the agreement to the end. */
export function isLive(stage: Stage): boolean {
  return stage === 'waiting' || isEstablished(stage);
}

/** True from ESTABLISHED to the end. */
export function isEstablished(stage: Stage): boolean {
  return canWrite(stage) || stage === 'i-ended' || stage === 'ending';
}

/** True while something is asked, agreed on or open: it has to be ended before it can be closed. */
export function isPending({ asking, asked, stage }: Private): boolean {
  return asking || asked || isLive(stage);
}

/** The key of the private connections with `login`. */
export function privateKey(login: string): PrivateKey {
  return `private:${loginKey(login)}`;
}

/**
 * Marks what we wrote last, and what nothing has followed from the other side, as perhaps not received: the connection
 * broke. What was written before they ended was marked, or not, by then.
 */
export function doubt({ all }: Log): Log {
  const from = all.findLastIndex(
    (entry) => !(entry.kind === 'said' && entry.mine) && !isFromElsewhere(entry),
  );
  return new Log(
    all.map((entry, index) =>
      index > from && entry.kind === 'said' && entry.mine ? { ...entry, perhaps: true } : entry,
    ),
  );
}

/** True of what did not come over the connection, and so says nothing of what has arrived there. */
function isFromElsewhere(entry: Entry): boolean {
  return (
    entry.kind === 'presence' ||
    entry.kind === 'gap' ||
    (entry.kind === 'note' && entry.note === 'i-ended') ||
    isOfRequest(entry)
  );
}

const OF_REQUEST: readonly Note['note'][] = [
  'asked',
  'refused',
  'declined',
  'absent',
  'lapsed',
  'asking-ended',
  'asked-ended',
];

/** True of notes of a request and of what became of it, other than a connection. */
export function isOfRequest(entry: Entry): entry is Note {
  return entry.kind === 'note' && OF_REQUEST.includes(entry.note);
}

/**
 * Text that says what they ask for: what we have asked them for, too, or, where accepting ends the connection there is
 * (`PrivateActions.acceptPrivate`), or the wait for it, another one.
 */
export function requestText({ stage, asking }: Private): 'asked' | 'askedBoth' | 'askedAnew' | 'askedAgain' {
  if (asking) return 'askedBoth';
  if (stage === 'waiting') return 'askedAgain';
  return isEstablished(stage) ? 'askedAnew' : 'asked';
}
