import { activeConversation, type Phase, type State } from '../store/state.ts';
import { ConversationView } from './conversation.tsx';
import { People } from './people.tsx';
import { Requests } from './private.tsx';
import { Rail } from './rail.tsx';
import { useShortcuts } from './use-shortcuts.ts';

/** The two panes: the list of conversations, and the one that is open. */
export function Chat({ state, phase }: { state: State; phase: Extract<Phase, { kind: 'inside' }> }) {
  const conversation = activeConversation(state);
  useShortcuts(state);
  return (
    <div
      class={`chat show-${state.pane}${state.people ? ' with-people' : ''}${state.showsPresence ? '' : ' hide-presence'}`}
    >
      <Requests state={state} />
      <Rail state={state} phase={phase} />
      <ConversationView key={conversation.key} conversation={conversation} state={state} phase={phase} />
      {state.people && <People state={state} self={phase.login} />}
    </div>
  );
}
