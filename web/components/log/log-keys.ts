/** Moving through the messages of a log by keyboard. */
import type { TargetedKeyboardEvent } from 'preact';

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };
/** Keys by which the browser scrolls far: see log-ends.ts for the others. */
const LEAPS: readonly string[] = ['PageUp', 'PageDown'];

/**
 * ↑ and ↓ go from message to message, from what is in sight on; the group of the one with the focus shows its exact time.
 * Enter opens its menu: see message-tools.tsx. Keys that scroll far leave the message: the next ↑ or ↓ goes on where they led.
 */
export function stepThrough(event: TargetedKeyboardEvent<HTMLElement>): void {
  const log = event.currentTarget;
  const here = document.activeElement;
  // Code that scrolls has the arrow keys.
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || here?.matches('pre, .tall')) return;
  if (LEAPS.includes(event.key)) log.focus({ preventScroll: true });
  const step = STEPS[event.key];
  if (step === undefined) return;
  // Of messages of ignored people their line is one, and they are, too, once it is open.
  const messages = [...log.querySelectorAll<HTMLElement>('[data-id], .ignored > summary')].filter((one) =>
    one.checkVisibility(),
  );
  const at = messages.findIndex((message) => message.contains(here));
  const inSight = messages.filter((message) => isInSight(message, log));
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

function focusOn(message: HTMLElement): void {
  // A screen reader says what has the focus by its name: an element without a role has none.
  if (message.matches('[data-id]')) {
    message.tabIndex = -1;
    message.role = 'group';
    message.ariaLabel = nameOf(message);
  }
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: 'nearest' });
}

function nameOf(message: HTMLElement): string {
  // A message without a header has its author before it, in one paragraph.
  const header = message.closest('.group')?.querySelector('header') ?? message.closest('p');
  const [author, time] = ['.author bdi, .hidden, b', '.clock, p > time'].map(
    (part) => header?.querySelector(part)?.textContent ?? '',
  );
  // As it is shown, without the signs that only format.
  return [author, time, message.innerText].filter(Boolean).join(', ');
}

function isInSight(message: HTMLElement, log: HTMLElement): boolean {
  const { top, bottom } = log.getBoundingClientRect();
  const own = message.getBoundingClientRect();
  return own.bottom > top && own.top < bottom;
}
