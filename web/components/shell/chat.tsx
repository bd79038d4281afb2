import { useLayoutEffect, useRef } from 'preact/hooks';
import { activeConversation, type Phase, type State } from '../../state/state.ts';
import { Boundary } from '../base/boundary.tsx';
import { useTools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { peopleParts } from '../people/parts.ts';
import { privateParts } from '../private/parts.ts';
import { shellParts } from './parts.ts';
import { ConversationView } from './conversation.tsx';
import { railParts } from '../rail/parts.ts';
import { Rail } from '../rail/rail.tsx';

/** The two panes: the list of conversations, and the one that is open. */
export function Chat({ state, phase }: { state: State; phase: Extract<Phase, { kind: 'inside' }> }) {
  const { lazy } = useTools();
  const people = useParts(peopleParts);
  const privates = useParts(privateParts);
  const parts = useParts(shellParts);
  const rail = useParts(railParts);
  const conversation = activeConversation(state);
  const early = useEarlyKeys(lazy !== null);
  const first = useRef(state).current;
  return (
    <div
      class={`chat show-${state.pane}${state.people ? ' with-people' : ''}${state.showsPresence || state.active !== 'room' ? '' : ' hide-presence'}`}
    >
      <section class="requests" aria-label={lazy?.text.private.requests}>
        <Boundary>{privates && <privates.Requests state={state} />}</Boundary>
      </section>
      <Boundary>
        <Rail state={state} phase={phase} />
      </Boundary>
      <Boundary key={conversation.key}>
        <ConversationView conversation={conversation} state={state} phase={phase} />
      </Boundary>
      <Boundary>{state.people && people && <people.People state={state} self={phase.login} />}</Boundary>
      <Boundary>{people && <people.LookAlikeFinder state={state} />}</Boundary>
      {rail && <rail.Confirmation state={state} />}
      {parts && <parts.Announcer before={first} />}
      {parts && <parts.BannerEnd link={phase.link} unsaved={state.unsaved} />}
      {parts && <parts.PaneLevel state={state} />}
      {parts && <parts.Shortcuts state={state} early={early} />}
      {/* Last: it looks at what the others have become. */}
      {parts && <parts.FocusReturn openings={state.openings} />}
    </div>
  );
}

/** The keys that are pressed before what they mean is loaded. */
function useEarlyKeys(isLoaded: boolean): readonly KeyboardEvent[] {
  const keys = useRef<KeyboardEvent[]>([]).current;
  // With what is shown, not after it: a quick key is not to be lost.
  useLayoutEffect(() => {
    if (isLoaded) return;
    const note = (event: KeyboardEvent) => void keys.push(event);
    addEventListener('keydown', note);
    return () => removeEventListener('keydown', note);
  }, [isLoaded]);
  return keys;
}
