/** Moving through the messages of a log, of which only a part is laid out, by keyboard. */
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import type { Entry, Outgoing } from '../../state/entries.ts';
import { format, shownOf } from '../../text/format.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { useListener } from '../base/use-listener.ts';
import { isInSight } from './anchor.ts';

/** Elements that scroll in themselves, and so have these keys; what came raw does not, and is a stop. */
const SCROLLING = 'pre:not([data-id]), .tall';
const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };
/**
 * Elements that ↑ and ↓ stop at: messages, and the lines between them that say what was said when, and what may be missing.
 * Of messages of ignored people their line is one, and they are, too, once it is open. Who came and went is passed over, but where a name
 * was left and taken: who speaks under it from there on may be somebody else.
 */
const STOPS =
  '[data-id], .ignored > summary, .day, .gap:not(:has([data-id])), .note-line:not(.presence), .retaken';
/** Keys that scroll far, and which way: {@link useLogEnds} has the others. */
const LEAPS: Readonly<Record<string, number>> = { PageUp: -1, PageDown: 1 };
/** Part of what is in sight that they scroll by, as in browsers. */
const LEAP = 0.875;

/**
 * ↑ and ↓ go from message to message, from what is in sight on; the group of the one with the focus shows its exact time.
 * Enter opens its menu: see message-tools.tsx. Keys that scroll far leave the message: the next ↑ or ↓ goes on where they led.
 */
export function stepThrough(event: TargetedKeyboardEvent<HTMLElement>): void {
  const log = event.currentTarget;
  const here = document.activeElement;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || here?.matches(SCROLLING)) return;
  const leap = LEAPS[event.key];
  if (leap) {
    // The browser would scroll on smoothly under the message that the next ↑ or ↓ stops at.
    event.preventDefault();
    log.focus({ preventScroll: true });
    log.scrollBy({ top: leap * LEAP * log.clientHeight, behavior: 'instant' });
  }
  const step = STEPS[event.key];
  if (step === undefined) return;
  const messages = [...log.querySelectorAll<HTMLElement>(STOPS)].filter((one) => one.checkVisibility());
  const at = messages.findIndex((message) => message.contains(here));
  const inSight = messages.filter((message) => isInSight(message, log.getBoundingClientRect()));
  const next = at < 0 ? inSight.at(step < 0 ? -1 : 0) : messages[at + step];
  if (!next) return;
  event.preventDefault();
  focusOn(next);
}

/** Focuses on a message, if it is laid out; false when it is not. */
export function focusOnMessage(id: number): boolean {
  const message = document.querySelector<HTMLElement>(`.log [data-id="${id}"]`);
  if (message) focusOn(message);
  return message !== null;
}

/** Focuses on the last message of one's own that has the words of one that is gone: it is delivered. False when there is none. */
export function focusOnDelivered({ textContent }: Element): boolean {
  const own = [...document.querySelectorAll<HTMLElement>('.log .mine [data-id]')];
  const message = own.findLast((one) => one.textContent === textContent);
  if (message) focusOn(message);
  return message !== undefined;
}

function focusOn(message: HTMLElement): void {
  message.tabIndex = -1;
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: 'nearest' });
}

/**
 * A screen reader says what has the focus by its name: a heading has one, an element without a role has none. It has it as
 * long as the focus, since whoever reads on by lines hears the text itself; and it says what becomes of the message meanwhile.
 */
function useNameOfFocused(): void {
  const name = () => {
    const here = document.activeElement;
    if (!isNamed(here)) return;
    here.role = 'group';
    const words = nameOf(here);
    if (here.ariaLabel !== words) here.ariaLabel = words;
  };
  // Once the mark of what is delivered has come to it.
  useEffect(name);
  useListener('focusin', name);
  useListener('focusout', ({ target }) => {
    if (isNamed(target)) target.role = target.ariaLabel = null;
  });
}

function isNamed(element: EventTarget | null): element is HTMLElement {
  return element instanceof HTMLElement && element.matches(`.log :is(${STOPS}):not(summary, h2)`);
}

function nameOf(message: HTMLElement): string {
  // A message without a header has its author before it, in one paragraph; what came raw says what it is.
  const header = message.closest('.group')?.querySelector('header') ?? message.closest('p, figure');
  const [author, time] = ['.author bdi, .hidden, b, figcaption', '.clock, p > time'].map(
    (part) => header?.querySelector(part)?.textContent ?? '',
  );
  const fate = message.closest('.group')?.querySelector('.mark, .delivery-mark');
  return [author, time, wordsOf(message), fate?.ariaLabel ?? fate?.textContent].filter(Boolean).join(', ');
}

/** Puts a quote into words; set while there is a log. */
let quoted: LazyCatalogue['voice']['quoted'] | undefined;

/** A message as it is shown, without the signs that only format; the element of one has its source as its text. */
function wordsOf(message: HTMLElement): string {
  return message.querySelector('blockquote')
    ? shownOf(format(message.textContent), quoted)
    : message.innerText;
}

interface Ends {
  entries: readonly Entry[];
  outgoing: readonly Outgoing[];
  goToFirst: (id: number) => void;
  goToEnd: () => void;
}

/**
 * Home goes to the first message and End to the last, wherever they are, and the focus goes there: by itself the browser
 * would scroll on smoothly only until something else is laid out, and would take the focus from what is no longer.
 */
export function useLogEnds({ entries, outgoing, goToFirst, goToEnd }: Ends): void {
  /** The message that gets the focus once it is laid out. */
  const wanted = useRef<number | null>(null);
  ({ quoted } = useLazyTools().text.voice);
  useNameOfFocused();
  const focus = () => {
    if (wanted.current !== null && focusOnMessage(wanted.current)) wanted.current = null;
  };
  useLayoutEffect(focus);
  useListener('keydown', (event) => {
    const { target, key, altKey, metaKey, shiftKey } = event;
    if (!(target instanceof Element) || !target.closest('.log')) return;
    wanted.current = null;
    if ((key !== 'Home' && key !== 'End') || altKey || metaKey || shiftKey || target.matches(SCROLLING))
      return;
    const said = [...entries.filter(({ kind }) => kind === 'said'), ...outgoing];
    const message = said.at(key === 'Home' ? 0 : -1);
    if (!message) return;
    event.preventDefault();
    wanted.current = message.id;
    if (key === 'Home') goToFirst(message.id);
    else goToEnd();
    focus();
  });
}
