import { useEffect, useMemo } from 'preact/hooks';
import { MAX_MSG_BYTES } from '../../../shared/protocol/commands.ts';
import { canBeSent } from '../../state/actions.ts';
import { parseTyped, sendDirect } from '../../state/slash-commands.ts';
import type { Conversation, State } from '../../state/state.ts';
import { splitText } from '../../text/split.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { say } from '../base/live-region.tsx';
import { namesMeant } from './chooser.ts';

/** Most messages that a text is sent as: more would flood a room. */
const MOST = 20;

interface Props {
  draft: string;
  conversation: Conversation;
  state: State;
  /** Puts a text in place of the draft. */
  put: (text: string) => void;
}

/** Offers to send a text that is too long for one message as several, each of which is delivered or not by itself. */
export function SplitOffer({ draft, conversation, state, put }: Props) {
  const { text: words, actions } = useLazyTools();
  const typed = useMemo(() => parseTyped(draft, namesMeant(state)), [draft]);
  const text = 'text' in typed && draft.length <= MOST * MAX_MSG_BYTES ? typed.text : '';
  const pieces = useMemo(() => splitText(text, MAX_MSG_BYTES).filter(canBeSent), [text]);
  const isOffered = pieces.length > 1 && pieces.length <= MOST;
  // It comes beside a field that keeps the focus. The number may still change with every letter.
  useEffect(() => {
    if (isOffered) say([words.composer.splitOffered]);
  }, [isOffered]);
  if (!isOffered) return null;
  const send = () => {
    for (const piece of pieces) {
      if (typed.kind === 'text') actions.send(conversation, piece);
      else if (typed.kind === 'command') sendDirect(actions, typed.login, piece);
    }
    put('');
    // The second press of a double click comes after the button has gone: it would take the focus, and select a word there.
    addEventListener('mousedown', (event) => event.detail > 1 && event.preventDefault(), { once: true });
  };
  return (
    <button type="button" class="split strong" onClick={send}>
      {words.composer.split(pieces.length)}
    </button>
  );
}
