/** Search in the open conversation: in all that the page has of it, of which only a part is laid out. */
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Chunk } from '../../selectors/chunks.ts';
import { authorSays, withLookAlikes } from '../../selectors/announcements.ts';
import { readOut } from '../../selectors/read-out.ts';
import { searchFor } from '../../selectors/find-messages.ts';
import type { Outgoing } from '../../state/entries.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { useHeightOver } from '../base/height-over.ts';
import { IconButton } from '../base/icon-button.tsx';
import { CloseIcon, OlderIcon, NewerIcon } from '../base/lazy-icons.tsx';
import { TYPED_MS } from '../base/found.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { isShown } from '../base/is-shown.ts';
import { say } from '../base/live-region.tsx';
import { knownLookAlikes } from '../people/look-alike.tsx';
import { useLevel } from '../base/use-level.ts';
import { useListener } from '../base/use-listener.ts';
import { useOverlays } from '../base/layouts.ts';
import { useCoalesced } from '../base/throttle.ts';
import { idOf, isInSight } from './anchor.ts';
import { clearHighlights, highlight } from './highlight.ts';
import { focusOnMessage } from './log-keys.ts';

interface Props {
  chunks: readonly Chunk[];
  outgoing: readonly Outgoing[];
  /** True while the end is out of sight. */
  away: boolean;
  /** Scrolls to a message, wherever it is. */
  goTo: (id: number) => void;
}

/** Handles Ctrl+F, which opens the search; pressed again in its field it is the browser's. */
export function Find(props: Props) {
  const [isOpen, setOpen] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const open = () => {
    setOpen(true);
    field.current?.select();
  };
  useEffect(() => {
    findRequest.addEventListener('find', open);
    return () => findRequest.removeEventListener('find', open);
  }, []);
  useListener('keydown', (event) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (key.toLowerCase() !== 'f' || !(ctrlKey || metaKey) || altKey || shiftKey) return;
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (field.current && field.current === document.activeElement) return;
    // Where something lies over the log, the key is for what is in sight, in which the browser searches.
    if (!isShown(document.querySelector('.log'))) return;
    event.preventDefault();
    open();
  });
  return isOpen ? <FindBar {...props} field={field} onClose={() => setOpen(false)} /> : null;
}

interface BarProps extends Props {
  field: { current: HTMLInputElement | null };
  onClose: () => void;
}

function FindBar({ chunks, outgoing, away, goTo, field, onClose }: BarProps) {
  const { text, first } = useLazyTools();
  const { find, help } = text;
  const [sought, setSought] = useState('');
  const search = useMemo(() => searchFor(sought), [sought]);
  // In a flood the number does not change with every frame: nobody could read it.
  const said = useCoalesced(useMemo(() => ({ chunks, outgoing }), [chunks, outgoing]));
  const found = useMemo(() => search(said.chunks, said.outgoing), [said, search]);
  const [current, setCurrent] = useState<number | null>(null);
  const at = current === null ? -1 : found.indexOf(current);
  useLevel('search', useOverlays(), onClose);
  const go = (index: number): number | undefined => {
    const id = found[(index + found.length) % found.length];
    setCurrent(id ?? null);
    if (id !== undefined) goTo(id);
    return id;
  };
  const untold = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The focus stays in the field, and the number alone says nothing of what has been found.
  const announce = (id: number | null | undefined) => {
    clearTimeout(untold.current);
    const all = [...chunks.flatMap(({ entries }) => entries), ...outgoing];
    const one = all.find((message) => message.id === id);
    if (!one && sought.trim() !== '') say([find.none]);
    if (!one || !('text' in one)) return;
    const words = readOut(one.text, text.voice);
    const login = 'login' in one ? one.login : '';
    const line = login ? authorSays(login, words, { text: first, lazy: text }) : words;
    say([
      ...withLookAlikes([line], login ? [login] : [], { alike: knownLookAlikes.value, lazy: text }),
      find.count(found.indexOf(one.id) + 1, found.length),
    ]);
  };
  const step = (index: number) => announce(go(index));
  // Most searches are for something near the end; but what is new below the place where one reads is still to be read.
  const [from] = useState(() => (away ? lastInSight() : Infinity));
  useLayoutEffect(() => {
    const id = at < 0 ? go(found.findLastIndex((one) => one <= from)) : current;
    // Not what a half-written word has found.
    untold.current = setTimeout(() => announce(id), TYPED_MS);
    return () => clearTimeout(untold.current);
  }, [sought]);
  useLayoutEffect(() => field.current?.focus(), []);
  const bar = useHeightOver('--find');
  // After every change: other messages may be laid out. They are painted first, which makes two tasks of it.
  useEffect(() => highlight(sought, found.length > 0 ? current : null));
  useEffect(() => clearHighlights, []);
  const close = () => {
    onClose();
    if (current !== null && focusOnMessage(current)) return;
    const [log, field] = document.querySelectorAll<HTMLElement>('.log, .composer textarea');
    (field ?? log)?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const { key, shiftKey, altKey, ctrlKey, metaKey } = event;
    // Alt + arrow goes to another conversation.
    if (altKey || ctrlKey || metaKey) return;
    if (key === 'Escape') close();
    else if (event.target !== field.current) return;
    else if (key === 'ArrowUp' || (key === 'Enter' && !shiftKey)) step(at - 1);
    else if (key === 'ArrowDown' || key === 'Enter') step(at + 1);
    else return;
    event.preventDefault();
  };
  return (
    <search ref={bar} class="find" onKeyDown={onKeyDown}>
      <input
        ref={field}
        type="text"
        enterkeyhint="search"
        autocomplete="off"
        spellcheck={false}
        dir="auto"
        placeholder={find.field}
        aria-label={find.label}
        value={sought}
        onInput={({ currentTarget }) => setSought(currentTarget.value)}
      />
      {/* The announcer speaks: this would at each letter. */}
      <p role="status" aria-live="off" translate={false}>
        {sought.trim() !== '' && (
          // That there is none is said of each text.
          <FreshText key={found.length === 0 ? sought : ''}>
            {found.length === 0 ? find.none : at < 0 ? '' : find.count(at + 1, found.length)}
          </FreshText>
        )}
      </p>
      <IconButton class="quiet plain" name={find.older} icon={OlderIcon} onClick={() => step(at - 1)} />
      <IconButton class="quiet plain" name={find.newer} icon={NewerIcon} onClick={() => step(at + 1)} />
      <IconButton class="quiet plain" name={help.close} icon={CloseIcon} onClick={close} />
    </search>
  );
}

/** The id of the last message of which something is in sight. */
function lastInSight(): number {
  const log = document.querySelector('.log')!;
  const box = log.getBoundingClientRect();
  const last = [...log.querySelectorAll<HTMLElement>('[data-id]')].findLast((one) => isInSight(one, box));
  return last ? idOf(last) : Infinity;
}

/** Asks the open log to show its search, by the event `find`: from a menu elsewhere on the page. */
export const findRequest = new EventTarget();
