import type { Outgoing } from './entries.ts';
import type { Log } from './log.ts';

/** Fields of every conversation. */
export interface ConversationBase {
  readonly log: Log;
  readonly unread: number;
  /** Number of those unread that call this person by name. */
  readonly mentions: number;
  /** Id of the first entry that came while nobody looked: a line stands above it until the next visit. */
  readonly newFrom: number | null;
  /** Messages not confirmed yet, in the order sent; echoes come back in that order (D14). */
  readonly outgoing: readonly Outgoing[];
  /** True for one that neither counts nor calls. */
  readonly muted?: boolean;
  /** True for one that is not in the list; it comes back with what is news in it, or when it is opened. */
  readonly closed?: boolean;
}
