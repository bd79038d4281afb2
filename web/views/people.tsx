/** Who is here: the list, and the lines in the room that say who comes and goes (D28). */
import { useMemo, useState } from 'preact/hooks';
import { loginKey } from '../../shared/login.ts';
import { findPeople } from '../store/presence.ts';
import type { Presence, State } from '../store/state.ts';
import { Head } from './cat.tsx';
import { useTools } from './context.ts';
import { BackIcon, LockIcon, PeopleIcon } from './icons.tsx';

/** Most people shown at once: whoever looks for one among more searches. */
const SHOWN = 100;
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
      <span class="hidden">{`${text.people.open} (${text.people.count(state.online.size)})`}</span>
      {state.synced && <span>{state.online.size}</span>}
    </button>
  );
}

/** Everyone who is connected, with search. */
export function People({ state, self }: { state: State; self: string }) {
  const { locale, text, actions } = useTools();
  const [search, setSearch] = useState('');
  const { online } = state;
  const found = useMemo(() => findPeople(online, search, locale), [online, search, locale]);
  return (
    <aside class="people" aria-labelledby="people-title">
      <header>
        <button
          type="button"
          class="to-conversation"
          aria-label={text.people.close}
          onClick={() => actions.showPeople(false)}
        >
          <BackIcon />
        </button>
        <h2 id="people-title">{text.people.title}</h2>
        <p>{text.people.count(online.size)}</p>
      </header>
      <input
        type="search"
        value={search}
        placeholder={text.people.search}
        aria-label={text.people.search}
        dir="auto"
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <ul>
        {found.slice(0, SHOWN).map((login) => (
          <Person key={login} login={login} mine={loginKey(login) === loginKey(self)} />
        ))}
      </ul>
      {found.length === 0 && <p class="note">{text.people.nobody}</p>}
      {found.length > SHOWN && <p class="note">{text.people.more(found.length - SHOWN)}</p>}
      <label class="choice">
        <input
          type="checkbox"
          checked={state.showsPresence}
          onChange={(event) => actions.showPresence(event.currentTarget.checked)}
        />
        {text.people.showPresence}
      </label>
    </aside>
  );
}

function Person({ login, mine }: { login: string; mine: boolean }) {
  const { text, actions } = useTools();
  const name = <bdi>{login}</bdi>;
  if (mine)
    return (
      <li>
        <Head login={login} mine />
        <span class="person">
          {name} ({text.list.you})
        </span>
      </li>
    );
  return (
    <li>
      <Head login={login} />
      <button
        type="button"
        class="person"
        title={text.direct.writeTo(login)}
        onClick={() => actions.writeTo(login)}
      >
        {name}
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={text.private.askFor(login)}
        title={text.private.askFor(login)}
        onClick={() => actions.requestPrivate(login)}
      >
        <LockIcon />
      </button>
    </li>
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
      {joined.length > 0 && text.people.joined(names(joined))}
      {joined.length > 0 && left.length > 0 && ' '}
      {left.length > 0 && text.people.left(names(left))}
    </p>
  );
}
