import { useEffect, useState } from 'preact/hooks';
import { isUp, type Phase, type State } from '../../state/state.ts';
import { Head, WordMark } from '../base/cat.tsx';
import { useTools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { useNarrow } from '../base/use-media.ts';
import { railParts } from './parts.ts';

/** The list of conversations, who you are, and the way out. */
export function Rail({ state, phase }: { state: State; phase: Extract<Phase, { kind: 'inside' }> }) {
  const { text, actions, drafts } = useTools();
  const parts = useParts(railParts);
  const alone = useNarrow() && state.pane === 'list';
  // Alone on a narrow screen it is the page, else it stands beside it.
  const Frame = alone ? 'main' : 'aside';
  // True after a click that came before the code that asks; a second one does not wait for it.
  const [isLeaving, setLeaving] = useState(false);
  const leave = () => {
    if (parts) parts.askToLeave(state, drafts, actions);
    else if (isLeaving) actions.leave();
    setLeaving(!parts);
  };
  useEffect(() => {
    if (parts && isLeaving) leave();
  }, [parts]);
  return (
    <Frame class="rail" aria-label="Chaton">
      {alone && <h1 class="hidden">{text.list.label}</h1>}
      <header>
        <WordMark awake={isUp(phase.link)} />
        <div class="toolbar">{parts && <parts.Toolbar />}</div>
      </header>
      <nav aria-label={text.list.label}>{parts && <parts.ConversationList state={state} />}</nav>
      <footer>
        <Head login={phase.login} mine />
        <p class="self">
          <bdi translate={false}>{phase.login}</bdi>
        </p>
        <button type="button" class="quiet plain" onClick={leave}>
          {text.list.leave}
        </button>
      </footer>
    </Frame>
  );
}
