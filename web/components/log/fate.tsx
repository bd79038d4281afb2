import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import type { Outgoing } from '../../state/entries.ts';
import type { Conversation } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { named } from '../base/icon-button.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { say } from '../base/live-region.tsx';
import { onePressEach } from '../base/moved-rows.ts';
import { notSentInWords } from '../../selectors/not-sent-in-words.ts';
import { readOut } from '../../selectors/read-out.ts';
import type { Chunk } from '../../selectors/chunks.ts';
import { perChunk } from '../../selectors/per-chunk.ts';
import { CheckIcon } from '../base/lazy-icons.tsx';
import { watched } from '../base/watched.ts';

/** True for a message of ours of which the person has to decide what becomes of it. */
export function isStuck(
  message: Outgoing,
): message is Outgoing & { readonly state: 'unconfirmed' | 'not-sent' } {
  return message.state === 'unconfirmed' || message.state === 'not-sent';
}

export interface FateProps {
  readonly message: Outgoing;
  readonly kind: Conversation['kind'];
  /** Name of the one it goes to. */
  readonly to: string;
  /** True when it can be written now. */
  readonly up: boolean;
}

/** The one below goes where this one was: a second click in haste would discard it as well. */
const isMeant = onePressEach();

/** Fate of a message of ours that is not delivered, and what can be done about it. */
export function Fate(props: FateProps) {
  const { message, up } = props;
  const { text, list } = useLazyTools();
  const { state } = message;
  const stuck = isStuck(message);
  // The button goes with what it says: nothing else is heard of it.
  const sendAgain = (event: MouseEvent) => {
    if (!isMeant(message.id, event)) return;
    list.sendAgain(message);
    say([up ? text.log.sentAgain(1) : waits(props, text.log)]);
  };
  const discard = (event: MouseEvent) => {
    if (!isMeant(message.id, event)) return;
    list.discard(message);
    say([text.log.discarded(1)]);
  };
  // By Tab one comes from the buttons of one message to those of another.
  const of = readOut(message.text, text.voice);
  return (
    <>
      <span class="mark">
        <FreshText>{inWords(props, text.log)}</FreshText>
      </span>
      {stuck && (
        <button type="button" class="quiet" aria-description={of} onClick={sendAgain}>
          {text.log.again}
        </button>
      )}
      {(stuck || (state === 'waiting' && !up)) && (
        <button type="button" class="quiet" aria-description={of} onClick={discard}>
          {text.log.discard}
        </button>
      )}
    </>
  );
}

function inWords(props: FateProps, text: LazyCatalogue['log']): string {
  const { message, to, up } = props;
  const { state, reason } = message;
  if (state === 'not-sent') return notSentInWords(reason, to, text);
  if (state === 'waiting') return up ? text.sending : waits(props, text);
  // Its fate shows when the connection is back.
  if (state === 'sending' && !up) return text.unsure;
  return text[state];
}

/** Says for which connection a message waits: the page's connection may well be there while a private one is not. */
function waits({ kind }: FateProps, text: LazyCatalogue['log']): string {
  return kind === 'private' ? text.waitingForPrivate : text.waiting;
}

/** Id of the last message of ours in the open conversation of those that are confirmed, or written on a private connection. */
const last = watched(0);

/** Ids of our messages in a chunk. */
const ownIn = perChunk(({ entries }) =>
  entries.flatMap((entry) => (entry.kind === 'said' && entry.mine ? [entry.id] : [])),
);

/** Keeps account of the last message of ours. */
export function useLastOwn(chunks: readonly Chunk[]): void {
  const chunk = useMemo(() => chunks.findLast((one) => ownIn(one).length > 0), [chunks]);
  const id = (chunk && ownIn(chunk).at(-1)) ?? 0;
  useLayoutEffect(() => last.set(id), [id]);
}

/**
 * Delivery mark behind the last message of ours. It stands for those before it as well: one is enough.
 * @param echoed its echo proves that it was delivered (D11). Of what is for one person nothing does (D13): they may be
 *   away, and not come back
 */
export function DeliveryMark({ id, echoed }: { id: number; echoed: boolean }) {
  const { log } = useLazyTools().text;
  if (last.use((own) => own !== id)) return null;
  const name = echoed ? log.delivered : log.sent;
  return (
    <span class="delivery-mark" role="img" {...named(name)}>
      <CheckIcon />
    </span>
  );
}
