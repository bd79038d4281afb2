import { activeConversation, type Phase, type State } from '../store/state.ts';
import { ConversationView } from './conversation.tsx';
import { Rail } from './rail.tsx';

/** The two panes: the list of conversations, and the one that is open. */
export function Chat({ state, phase }: { state: State; phase: Extract<Phase, { kind: 'inside' }> }) {
  const conversation = activeConversation(state);
  return (
    <div class={`chat show-${state.pane}`}>
      <Rail state={state} phase={phase} />
      <ConversationView key={conversation.key} conversation={conversation} state={state} phase={phase} />
    </div>
  );
}
