/** Moving through the messages of a log by keyboard. */
import type { TargetedKeyboardEvent } from 'preact';

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };

/**
 * ↑ and ↓ go from group to group, from the last one in sight on; the group with the focus shows its exact time. Enter
 * presses the author's name.
 */
export function stepThrough(event: TargetedKeyboardEvent<HTMLElement>): void {
  const log = event.currentTarget;
  const here = document.activeElement;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === 'Enter' && here?.matches('.group')) {
    here.querySelector<HTMLElement>('.author')?.click();
    return;
  }
  const step = STEPS[event.key];
  if (step === undefined) return;
  const groups = [...log.querySelectorAll<HTMLElement>('.group')];
  const at = groups.findIndex((group) => group.contains(here));
  const next = at < 0 ? groups.findLast((group) => isInSight(group, log)) : groups[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

function isInSight(group: HTMLElement, log: HTMLElement): boolean {
  const { top, bottom } = log.getBoundingClientRect();
  const own = group.getBoundingClientRect();
  return own.bottom > top && own.top < bottom;
}
