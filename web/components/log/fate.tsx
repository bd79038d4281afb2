import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import type { Outgoing } from '../../state/entries.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';

/** True for a message of ours of which the person has to decide what becomes of it. */
export function isStuck(
  message: Outgoing,
): message is Outgoing & { readonly state: 'unconfirmed' | 'not-sent' } {
  return message.state === 'unconfirmed' || message.state === 'not-sent';
}

/** Fate of a message of ours that is not delivered, and what can be done about it. `to`: whom it goes to. */
export function Fate({ message, to, up }: { message: Outgoing; to: string; up: boolean }) {
  const { actions } = useTools();
  const { text } = useLazyTools();
  const { state } = message;
  const stuck = isStuck(message);
  return (
    <>
      <span class="mark">
        <FreshText>{inWords(message, to, up, text.log)}</FreshText>
      </span>
      {stuck && (
        <button type="button" class="quiet" onClick={() => actions.sendAgain(message)}>
          {text.log.again}
        </button>
      )}
      {(stuck || (state === 'waiting' && !up)) && (
        <button type="button" class="quiet" onClick={() => actions.discard(message)}>
          {text.log.discard}
        </button>
      )}
    </>
  );
}

function inWords({ state, reason }: Outgoing, to: string, up: boolean, text: LazyCatalogue['log']): string {
  if (state === 'not-sent') return text.notSent(reason ? text.reasons[reason](to) : '');
  if (state === 'waiting') return up ? text.sending : text.waiting;
  // Its fate shows when the connection is back.
  if (state === 'sending' && !up) return text.unsure;
  return text[state];
}
