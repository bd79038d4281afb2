/** Who is here: the list (D28). */
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { loginKey } from '../../shared/login.ts';
import { hasTwin, mixesAlphabets } from '../store/look-alikes.ts';
import { findPeople } from '../store/presence.ts';
import type { State } from '../store/state.ts';
import { Head } from './cat.tsx';
import { useLater, useTools } from './context.ts';
import { BackIcon, LockIcon } from './icons.tsx';

/** Most people shown at once: whoever looks for one among more searches. */
const SHOWN = 100;

/** Everyone who is connected, with search. */
export function People({ state, self }: { state: State; self: string }) {
  const { locale, text, actions } = useTools();
  const { text: more } = useLater();
  const [search, setSearch] = useState('');
  const { online } = state;
  const back = useRef<HTMLButtonElement>(null);
  // Over the conversation, where there is no room beside it.
  const isOver = () => back.current?.checkVisibility() ?? false;
  useEffect(() => {
    if (isOver()) back.current?.focus();
  }, []);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape' || !isOver()) return;
    event.preventDefault();
    actions.showPeople(false);
  };
  const found = useMemo(() => findPeople(online, search, locale), [online, search, locale]);
  return (
    <aside class="people" aria-labelledby="people-title" onKeyDown={onKeyDown}>
      <header>
        <button
          ref={back}
          type="button"
          class="to-conversation"
          aria-label={more.people.close}
          onClick={() => actions.showPeople(false)}
        >
          <BackIcon />
        </button>
        <h2 id="people-title">{more.people.title}</h2>
        <p>{text.people.count(online.size)}</p>
      </header>
      <input
        type="search"
        value={search}
        placeholder={more.people.search}
        aria-label={more.people.search}
        dir="auto"
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <ul>
        {found.slice(0, SHOWN).map((login) => (
          <Person
            key={login}
            login={login}
            twin={hasTwin(login, state.online)}
            mine={loginKey(login) === loginKey(self)}
          />
        ))}
      </ul>
      {found.length === 0 && <p class="note">{more.people.nobody}</p>}
      {found.length > SHOWN && <p class="note">{more.people.more(found.length - SHOWN)}</p>}
      <label class="choice">
        <input
          type="checkbox"
          checked={state.showsPresence}
          onChange={(event) => actions.showPresence(event.currentTarget.checked)}
        />
        {more.people.showPresence}
      </label>
    </aside>
  );
}

/** Says of a name that it may be taken for another. */
export function Doubt({ login, twin = false }: { login: string; twin?: boolean }) {
  const { people } = useLater().text;
  const why = twin ? people.twin : mixesAlphabets(login) ? people.mixed : null;
  return (
    why && (
      <span class="doubt" role="img" aria-label={why} title={why}>
        ≈
      </span>
    )
  );
}

function Person({ login, mine, twin }: { login: string; mine: boolean; twin: boolean }) {
  const { text, actions } = useTools();
  const { text: more, privates } = useLater();
  const name = (
    <>
      <bdi>{login}</bdi>
      <Doubt login={login} twin={twin} />
    </>
  );
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
        aria-label={more.private.askFor(login)}
        title={more.private.askFor(login)}
        onClick={() => privates.requestPrivate(login)}
      >
        <LockIcon />
      </button>
    </li>
  );
}
