/** Who is here, in the room itself (D28): how many, and who comes and goes. */
import type { Presence } from '../store/entries.ts';
import type { State } from '../store/state.ts';
import { useTools } from './context.ts';
import { PeopleIcon } from './icons.tsx';
import { Live } from './live.tsx';

/** Most names in one line of the room. */
const NAMED = 5;

/** In the heading: how many are here, and the way to the list. */
export function PeopleButton({ state }: { state: State }) {
  const { text, actions } = useTools();
  return (
    <button
      type="button"
      class="quiet people-button"
      aria-expanded={state.people}
      onClick={() => actions.showPeople(!state.people)}
    >
      <PeopleIcon />
      <span class="hidden">
        <Live>{`${text.people.open} (${text.people.count(state.online.size)})`}</Live>
      </span>
      {state.synced && (
        <span translate={false}>
          <Live>{state.online.size}</Live>
        </span>
      )}
    </button>
  );
}

/** Who came and who went. */
export function PresenceLine({ presence: { joined, left } }: { presence: Presence }) {
  const { region, text } = useTools();
  const names = (logins: readonly string[]) => {
    // Isolated, so that a name written from right to left does not turn the line around.
    const named = logins.slice(0, NAMED).map((login) => `\u2068${login}\u2069`);
    if (logins.length > NAMED) return text.people.others(named.join(', '), logins.length - NAMED);
    return new Intl.ListFormat(region).format(named);
  };
  return (
    <p class="note-line presence">
      {joined.length > 0 && <Live>{text.people.joined(names(joined))}</Live>}{' '}
      {left.length > 0 && <Live>{text.people.left(names(left))}</Live>}
    </p>
  );
}
