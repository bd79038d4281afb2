import type { TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { findTargets } from '../store/targets.ts';
import type { State } from '../store/state.ts';
import { Head, RoomHead } from './cat.tsx';
import { useLater, useTools } from './context.ts';
import { Dialog } from './dialog.tsx';
import { LockIcon } from './later-icons.tsx';

/** To a conversation or a person, by the beginning of a name. */
export function Jump({ state, onClose }: { state: State; onClose: () => void }) {
  const { text, actions } = useTools();
  const { jump } = useLater().text;
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const targets = findTargets(state, query, text.list.room);
  useLayoutEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' }), [chosen]);
  const go = (index: number) => {
    const target = targets[index];
    if (!target) return;
    onClose();
    if (target.key) actions.open(target.key);
    else actions.writeTo(target.name);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.isComposing) return;
    if (event.key === 'Enter') go(chosen);
    else if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, targets.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={text.tools.jump} class="jump" onClose={onClose}>
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
      <ul id="targets" role="listbox" aria-label={text.tools.jump} ref={list}>
        {targets.map(({ name, kind, unread }, index) => (
          <li
            key={`${kind} ${name}`}
            id={`target-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(index)}
          >
            {kind === 'room' ? <RoomHead /> : <Head login={name} />}
            <bdi>{name}</bdi>
            {kind === 'private' && <LockIcon />}
            {unread > 0 && <span class="unread">{unread}</span>}
          </li>
        ))}
      </ul>
      <p class="note" role="status">
        {targets.length === 0 && jump.nobody}
      </p>
    </Dialog>
  );
}
