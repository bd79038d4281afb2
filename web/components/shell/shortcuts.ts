/** Keys that work everywhere in the chat. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { listConversations } from '../../selectors/conversation-list.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools, type LazyTools } from '../base/lazy-tools.ts';
import { isField } from '../base/field.ts';
import { isShown } from '../base/is-shown.ts';
import { say } from '../base/live-region.tsx';
import { useListener } from '../base/use-listener.ts';

/** The field, or what takes its place where a private connection is over: the button that leads to another field. */
const FIELD = '.composer textarea, .way-on';

/**
 * Regions that F6 goes through, as far as they are shown: requests, the list, the answer to one in the open conversation, the
 * log, the field, the people, the inspector.
 */
const REGIONS = [
  '.request button',
  '.rail .conversation-item[aria-current]',
  '.private-bar .answer button',
  '.log',
  FIELD,
  '.people input',
  '.wire ol',
];

/** Keys that are part of a text, and press something where there is no field. */
const IN_TEXT: readonly string[] = [' ', 'Enter', '?'];
/** Longest time, in ms, between a letter and what follows it in one text. */
const TYPING_MS = 2_000;

/** Handles the shortcuts; shows nothing. `early`: keys pressed before this was loaded, which are not to be lost. */
export function Shortcuts({ state, early }: { state: State; early: readonly KeyboardEvent[] }) {
  const tools = useLazyTools();
  /** Where and when a letter was typed last for which there was no field. */
  const lost = useRef<{ on?: EventTarget | null; at: number }>({ at: 0 });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const { target, key, timeStamp: at } = event;
    const isGoingOn = lost.current.on === target && at - lost.current.at < TYPING_MS;
    // Why there is no field: whoever does not see that has heard a button of the same name as one.
    const sayWhy = () => {
      const why = document.querySelector('.private-bar > p')?.textContent;
      if (why) say([why]);
    };
    // Else the first space would press the button that leads to another field, and the rest be sent from there.
    if (isGoingOn && IN_TEXT.includes(key)) {
      // Enter ends the text, which has not gone out: one after it is meant.
      if (key === 'Enter') {
        lost.current.at = -Infinity;
        sayWhy();
      }
      event.preventDefault();
    } else if (press(event, state, tools)) event.preventDefault();
    // A letter that came early has gone nowhere, and the focus may have gone on.
    else if (!early.includes(event) && !isField(target) && isTyped(event)) {
      focusOn('.composer textarea');
      if (isField(document.activeElement)) return;
      lost.current = { on: target, at };
      if (!isGoingOn) sayWhy();
    }
  };
  useLayoutEffect(() => early.forEach(onKeyDown), []);
  useListener('keydown', onKeyDown);
  return null;
}

/** Runs the shortcut of a key; true when it has one. */
function press(event: KeyboardEvent, state: State, tools: LazyTools): boolean {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  const plain = !altKey && !ctrlKey && !metaKey;
  if (key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey) tools.show('jump');
  else if (altKey && !ctrlKey && (key === 'ArrowUp' || key === 'ArrowDown'))
    turn(key === 'ArrowUp' ? -1 : 1, state, tools);
  else if (plain && key === 'F6') goToRegion(shiftKey ? -1 : 1);
  else if (plain && key === '?' && !isField(event.target)) tools.show('help');
  // On a narrow page the list is in the place of the conversation, with its field.
  else if (plain && key === 'Escape' && state.pane === 'list') tools.actions.open(state.active);
  else if (plain && key === 'Escape') focusOn(FIELD);
  else return false;
  return true;
}

function turn(step: number, state: State, { actions }: LazyTools): void {
  const { room, directs, privates } = listConversations(state);
  const conversations = [room, ...directs, ...privates];
  const at = conversations.findIndex(({ key }) => key === state.active);
  const next = conversations[(at + step + conversations.length) % conversations.length];
  if (next) actions.open(next.key);
}

function goToRegion(step: number): void {
  const shown = REGIONS.map((selector) => document.querySelector<HTMLElement>(selector)).filter(isShown);
  const at = shown.findIndex((element) => regionOf(element).contains(document.activeElement));
  const from = at < 0 ? (step > 0 ? -1 : 0) : at;
  shown[(from + step + shown.length) % shown.length]?.focus();
}

function regionOf(element: HTMLElement | null): Element {
  return element?.closest('.requests, .rail, .log, .composer, .private-bar, .people, .wire') ?? document.body;
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** Typing beside the composer, which is meant for it. */
type Pressed = Pick<
  KeyboardEvent,
  'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'defaultPrevented' | 'getModifierState'
>;

/** Keys that begin a letter: one of an input method, and one of an accent. */
const BEGINNINGS: readonly string[] = ['Process', 'Dead'];

/**
 * True for a key that writes something where one can write. What has the focus once the event of the key is handled takes
 * it. Space is left to buttons and to scrolling.
 */
export function isTyped(event: Pressed): boolean {
  const { key, altKey, ctrlKey, metaKey } = event;
  if (event.defaultPrevented || key === ' ') return false;
  // AltGr writes, though Windows has it as Ctrl + Alt.
  const isPlain = !(altKey || ctrlKey || metaKey) || event.getModifierState('AltGraph');
  return isPlain && (BEGINNINGS.includes(key) || Array.from(key).length === 1);
}
