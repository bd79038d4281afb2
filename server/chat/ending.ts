/** The ends that a session can come to. */
import type { CloseKind, EndReason } from '../../shared/protocol/reasons.ts';
import type { Close } from '../../shared/protocol/closes.ts';

/** End of a session, once all that its client had sent is carried out. */
export interface Ending {
  readonly reason: EndReason;
  /** Kind of close of its stream; `end` after a FIN, the answer to a close frame, null when that needs nothing more. */
  readonly kind: CloseKind | 'end' | (() => void) | null;
  readonly words: string;
}

export const BROKEN_RULES = 'transport rules broken';
export const CLIENT_LEFT: Ending = { reason: 'left', kind: 'end', words: '' };

/** End by a close of the server. */
export const endingBy = ([kind, reason, words]: Close): Ending => ({ kind, reason, words });
