import type { TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isHere } from '../../state/presence.ts';
import { findTargets, strangerOf } from '../../selectors/targets.ts';
import { isSelf, selfOf, type State } from '../../state/state.ts';
import { Head, RoomHead } from '../base/cat.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { Dialog } from './dialog.tsx';
import { Found } from '../base/found.tsx';
import { LockIcon } from '../base/lazy-icons.tsx';
import { LookAlike } from '../people/look-alike.tsx';

/** Dialog that opens a conversation, by a part of its name or of a person’s; of someone who is not here, by all of it. */
export function Jump({ state, onClose }: { state: State; onClose: () => void }) {
  const { first, text, actions } = useLazyTools();
  const { tools, jump, list: lists, private: secret } = text;
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const self = selfOf(state) ?? '';
  // It holds still while one chooses, whoever comes or writes meanwhile.
  const found = useMemo(() => findTargets(state, query, first.list.room), [query]);
  const stranger = strangerOf(query, found, self);
  const targets = stranger ? [...found, stranger] : found;
  useLayoutEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' }), [chosen]);
  const go = (index: number) => {
    const target = targets[index];
    if (!target) return;
    onClose();
    if (target.key) actions.open(target.key);
    else actions.writeTo(target.name);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') go(chosen);
    else if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, targets.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={tools.jump} class="jump" onClose={onClose}>
      <input
        // Instead of the button that comes before it.
        autofocus
        role="combobox"
        aria-label={jump.label}
        aria-expanded={targets.length > 0}
        aria-controls="targets"
        aria-activedescendant={targets[chosen] ? `target-${chosen}` : undefined}
        aria-autocomplete="list"
        placeholder={jump.label}
        autocomplete="off"
        spellcheck={false}
        dir="auto"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="targets" role="listbox" aria-label={tools.jump} ref={list}>
        {targets.map(({ name, kind, key, unread, calls }, index) => (
          <li
            key={`${kind} ${key ?? ''} ${name}`}
            id={`target-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(index)}
          >
            {kind === 'room' ? <RoomHead /> : <Head login={name} />}
            <bdi class={unread > 0 ? 'unread-name' : undefined} translate={kind === 'room'}>
              {name}
            </bdi>
            {kind !== 'room' && <LookAlike login={name} />}
            {kind === 'direct' && !isHere(state, name) && <small>{jump.away}</small>}
            {kind === 'private' && <LockIcon />}
            {kind === 'private' && <span class="hidden">{secret.ask}</span>}
            {calls > 0 && (
              <span class="unread" role="img" aria-label={lists.unread(unread)}>
                {calls}
              </span>
            )}
          </li>
        ))}
      </ul>
      <Found
        count={query.trim() === '' ? null : found.length}
        sought={query}
        instead={isSelf(state, query.trim()) ? jump.yourself : undefined}
      />
    </Dialog>
  );
}
