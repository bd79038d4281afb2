import type { State } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { PeopleIcon } from '../base/lazy-icons.tsx';
import { Live } from '../base/live.tsx';

/** In the heading: how many are here, and the way to the list. */
export function PeopleButton({ state }: { state: State }) {
  const { actions } = useTools();
  const { text } = useLazyTools();
  return (
    <button
      type="button"
      class="quiet people-button"
      aria-expanded={state.people}
      onClick={() => actions.choose({ people: !state.people })}
    >
      <PeopleIcon />
      <span class="hidden">
        <Live>
          {state.synced ? `${text.people.open} (${text.people.count(state.online.size)})` : text.people.open}
        </Live>
      </span>
      {state.synced && (
        <span translate={false}>
          <Live>{state.online.size}</Live>
        </span>
      )}
    </button>
  );
}
