/** List of the people who are here (D28). */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { loginKey } from '../../../shared/protocol/login.ts';
import { findPeople } from '../../selectors/find-people.ts';
import type { State } from '../../state/state.ts';
import { coatOf, Head } from '../base/cat.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { Choice } from '../base/choices.tsx';
import { useShownOnline } from './shown-online.ts';
import { LookAlike } from './look-alike.tsx';
import { NotBack } from './not-back.tsx';
import { IconButton } from '../base/icon-button.tsx';
import { CloseIcon, IgnoreIcon, LockIcon } from '../base/lazy-icons.tsx';
import { Found } from '../base/found.tsx';
import { FreshLine } from '../base/fresh-line.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { useListKeys } from '../base/list-keys.ts';
import { useMovedRows } from '../base/moved-rows.ts';
import { useRows } from './rows.ts';
import { useLevel } from '../base/use-level.ts';
import { useOverlays } from '../base/layouts.ts';

/** Most people shown at once: whoever looks for one among more searches. */
const SHOWN = 100;

/** Everyone who is connected, with search. */
export function People({ state, self }: { state: State; self: string }) {
  const { text: more, locale, actions } = useLazyTools();
  const [search, setSearch] = useState('');
  const online = useShownOnline();
  const close = () => actions.choose({ people: false });
  const onKeyDown = useOverlay(close);
  const found = useMemo(() => findPeople(online, search, locale), [online, search, locale]);
  const { ignoreList } = state;
  const personOf = (login: string) => {
    const key = loginKey(login);
    return <Person key={login} login={login} mine={key === loginKey(self)} ignored={ignoreList.has(key)} />;
  };
  const list = useMovedRows(search);
  const keys = useListKeys(list.ref);
  const rows = useRows(found.slice(0, SHOWN), personOf, [self, ignoreList]);
  return (
    <>
      <div class="scrim" onClick={close} />
      <aside class="people" aria-labelledby="people-title" onKeyDown={onKeyDown}>
        <header>
          <h2 id="people-title">{more.people.title}</h2>
          <p translate={false}>
            {/* After a reload without a connection nobody knows: oneself would be among them. */}
            <FreshText>{online.size > 0 ? more.people.count(online.size) : '\u00a0'}</FreshText>
          </p>
          <IconButton class="quiet plain close" name={more.people.close} icon={CloseIcon} onClick={close} />
        </header>
        <input
          type="search"
          value={search}
          placeholder={more.people.search}
          aria-label={more.people.search}
          dir="auto"
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <Found count={search.trim() === '' || online.size === 0 ? null : found.length} sought={search} />
        <ul {...list} {...keys}>
          {rows}
        </ul>
        {found.length > SHOWN && <FreshLine class="note">{more.people.more(found.length - SHOWN)}</FreshLine>}
        <NotBack synced={state.synced} />
        <Choice
          on={state.showsPresence}
          set={(showsPresence) => actions.choose({ showsPresence })}
          label={more.people.showPresence}
        />
      </aside>
    </>
  );
}

/**
 * Where there is no room beside the conversation, the list lies over it: what is behind cannot be reached, and the list
 * closes by Back, and when a conversation is opened, in it or in any other way (see `useLevel`).
 * @returns a handler of its keys
 */
function useOverlay(close: () => void) {
  const isOver = useOverlays();
  const onKeyDown = useLevel('people', isOver, close);
  useEffect(() => {
    if (isOver) document.querySelector<HTMLElement>('.people .close')?.focus();
  }, []);
  return onKeyDown;
}

function Person({ login, mine, ignored }: { login: string; mine: boolean; ignored: boolean }) {
  const { first, text: more, actions, privates, list } = useLazyTools();
  const name = <bdi translate={false}>{login}</bdi>;
  if (mine)
    return (
      <li>
        <Head login={login} mine />
        <span class="person">
          {name} ({more.list.you})
        </span>
      </li>
    );
  return (
    <li class={ignored ? 'is-ignored' : undefined}>
      <Head login={login} />
      <button
        type="button"
        class="person"
        style={coatOf(login)}
        title={first.direct.writeTo(login)}
        onClick={() => actions.writeTo(login)}
      >
        {name}
      </button>
      <LookAlike login={login} />
      <IconButton
        class="quiet"
        name={more.private.askFor(login)}
        icon={LockIcon}
        onClick={() => privates.requestPrivate(login)}
      />
      <IconButton
        class="quiet"
        name={ignored ? more.ignored.stop(login) : more.ignored.ignore(login)}
        icon={IgnoreIcon}
        onClick={() => (ignored ? list.unignore(login) : list.ignore(login))}
      />
    </li>
  );
}
