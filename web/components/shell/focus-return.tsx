import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { isTouched } from '../../platform/media.ts';
import { isField } from '../base/field.ts';
import { isShown } from '../base/is-shown.ts';
import { UNSEEN_MS } from '../base/moved-rows.ts';
import { useListener } from '../base/use-listener.ts';
import { focusOnDelivered } from '../log/log-keys.ts';

/** Elements to focus on: the first that is shown. */
const HOMES = ['.composer textarea', '.log', '.rail .conversation-item[aria-current]'];
/** Time, in ms, in which something goes that a person has pressed a key or a button for. */
const OWN_MS = 1_000;
/** Keys that do something with what has the focus; Delete closes a conversation. */
const PRESSES: readonly string[] = ['Enter', ' ', 'Escape', 'Delete'];
/** Those of them that press again and again while they are held down. */
const HELD: readonly string[] = ['Enter', 'Delete'];
const MODIFIERS: readonly string[] = ['Alt', 'Control', 'Meta'];
/** Elements to focus on in a dialog, behind which nothing can have the focus: the next of what has gone, else what closes it. */
const IN_DIALOG = ['dialog[open] li button', 'dialog[open] button'];

/**
 * Moves the focus on when its element goes away: a request that is answered, a field that goes, a pane that turns; and to
 * a conversation that someone opens.
 * @param openings number of times that a conversation was opened
 */
export function FocusReturn({ openings }: { openings: number }) {
  const last = useRef<Element | null>(null);
  const byKeyboard = useRef(false);
  /** When something was pressed last, by a key or a pointer. */
  const pressedAt = useRef(-Infinity);
  /** Element that had the focus when the key that is down was pressed. */
  const pressedOn = useRef<EventTarget | null>(null);
  /** Element that got the focus because another went by itself, and when. */
  const unasked = useRef({ element: null as Element | null, at: -Infinity });
  const wasInList = useRef(false);
  /** Place in the list of conversations that had the focus, -1 for none; a dialog that asks about it keeps it. */
  const row = useRef(-1);
  /** The openings up to which the focus has followed. */
  const followed = useRef(openings);
  useListener('focusin', ({ target }) => {
    last.current = target as Element;
    wasInList.current = last.current.closest('.people') !== null;
    if (!last.current.closest('dialog')) row.current = rowOf(last.current);
  });
  // Not :focus-visible, which holds for what gets the focus by a click behind a field, too.
  useListener(
    'keydown',
    (event) => {
      byKeyboard.current = true;
      if (!event.repeat) pressedOn.current = event.target;
      // Held down, a key presses what it was pressed on once, and nothing that has taken its place; in a field it goes on.
      else if (HELD.includes(event.key) && !(isField(event.target) && event.target === pressedOn.current)) {
        stop(event);
        return;
      }
      // A shortcut that goes to another conversation takes the field away, too. Ctrl by itself only has a screen reader be
      // silent; with Alt it writes a character.
      const isModified = event.metaKey || event.altKey !== event.ctrlKey;
      const isCommand = isModified && !MODIFIERS.includes(event.key);
      if (!isCommand && !PRESSES.includes(event.key)) return;
      const { element, at } = unasked.current;
      pressedAt.current = performance.now();
      if (isCommand || event.target !== element || pressedAt.current - at > UNSEEN_MS) return;
      // The key was meant for what has just gone.
      stop(event);
    },
    true,
  );
  useListener(
    'pointerdown',
    () => {
      byKeyboard.current = false;
      pressedAt.current = performance.now();
    },
    true,
  );
  // A screen reader presses a button by a click alone.
  useListener('click', () => void (pressedAt.current = performance.now()), true);
  useEffect(() => {
    last.current = document.activeElement;
    // The name field has gone; on a touch screen nothing has taken the focus, and the room would not be heard.
    if (last.current === document.body) focusFirst(isTouched() ? HOMES.slice(1) : HOMES);
  }, []);
  const follow = () => {
    // On a touch screen, focus would show the keyboard.
    const homes = isTouched() ? HOMES.slice(1) : HOMES;
    const had = last.current;
    const isLost = document.activeElement === document.body && had !== null && !isShown(had);
    // A conversation was closed: one who tidies goes on with the next, and no key is to send what is in the field.
    const rows = isLost && byKeyboard.current && row.current >= 0 ? rowsNow() : [];
    const next = rows[Math.min(row.current, rows.length - 1)] ?? null;
    if (followed.current !== openings) {
      // Where a private connection is over, the way on takes the place of the field. It does not when a field has just gone: who
      // was writing there would press it. A panel over the conversation goes with the next change.
      if (focusFirst([next, ...homes.toSpliced(-2, 0, '.way-on')])) followed.current = openings;
      return;
    }
    if (!isLost) {
      // The list has moved on under the focus.
      if (had?.closest('.rail')) row.current = rowOf(had);
      return;
    }
    // A message that has come back from the server is another element: one goes on reading there.
    if (had.matches('[data-id]') && focusOnDelivered(had)) return;
    // Someone has left: a key that was meant for the list is not to send what is in the field.
    const list = isTouched() ? '.people .close' : '.people input';
    const near = wasInList.current ? [list, '.people-button'] : [];
    // One who answers with the mouse goes on writing.
    if (had.closest('.request') && byKeyboard.current) near.push('.request .answer .quiet');
    // Nor is a key to do so that was about to press a button that has gone by itself, as "Try now" does.
    const isWritten = document.querySelector('.composer textarea:not(:placeholder-shown)') !== null;
    const others = byKeyboard.current && isWritten ? HOMES.slice(1) : homes;
    focusFirst([...IN_DIALOG, ...near, next, ...others]);
    const now = performance.now();
    if (now - pressedAt.current > OWN_MS) unasked.current = { element: document.activeElement, at: now };
  };
  // After every change before the next key, which would go nowhere, and once more for what a change takes away later.
  useLayoutEffect(follow);
  useEffect(follow);
  // Some views are shown anew by themselves: the list of people, a little later than what the page knows.
  const latest = useRef(follow);
  latest.current = follow;
  useEffect(() => {
    const observer = new MutationObserver(() => latest.current());
    observer.observe(document.body, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, []);
  return null;
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

const rowsNow = () => [...document.querySelectorAll<HTMLElement>('.rail .conversation-item')];

/** Index of the conversation that an element is or belongs to: of what is behind it in the list, up to the next. */
function rowOf(element: Element): number {
  if (!element.closest('.rail')) return -1;
  return rowsNow().findLastIndex(
    (row) => !(element.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING),
  );
}

/** Focuses on the first of these elements that can have the focus; false when none can. */
function focusFirst(homes: readonly (string | HTMLElement | null)[]): boolean {
  const home = homes
    .map((one) => (typeof one === 'string' ? document.querySelector<HTMLElement>(one) : one))
    .find(isShown);
  home?.focus();
  return home === document.activeElement;
}
