/** Parts of a log that something lies over: the banner, the search, requests, the button that goes to the end. */
import { useLayoutEffect } from 'preact/hooks';

/** Least height, in pixels, that is left between them: a line. */
const LEAST_PX = 32;

/** Heights, in pixels, that are covered at the top and at the end of a log of this height. */
export function coveredOf(
  { top, bottom }: Pick<DOMRect, 'top' | 'bottom'>,
  above: readonly Pick<DOMRect, 'bottom'>[],
  below: readonly Pick<DOMRect, 'top'>[],
): readonly [top: number, bottom: number] {
  const most = Math.max(0, bottom - top - LEAST_PX);
  const atTop = Math.min(most, Math.max(0, ...above.map((one) => one.bottom - top)));
  const atEnd = Math.min(most - atTop, Math.max(0, ...below.map((one) => bottom - one.top)));
  return [Math.ceil(atTop), Math.ceil(atEnd)];
}

const boxes = (selector: string) =>
  [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect());
const bars = () => boxes('.conversation :is(.link-banner, .find)');

function coveredNow(log: HTMLElement): readonly [top: number, bottom: number] {
  return coveredOf(log.getBoundingClientRect(), [...bars(), ...boxes('.request-card')], boxes('.to-latest'));
}

/** Place below the top of a log, in pixels, for what is looked for: at a third of what nothing lies over. */
export function placeForFound(log: HTMLElement): number {
  const [top, end] = coveredNow(log);
  return top + Math.max(0, log.clientHeight - top - end - LEAST_PX) / 3;
}

/** Keeps what gets the focus from being scrolled under them; the first message too, but for requests. */
export function useUncovered(log: () => HTMLElement | null): void {
  // After every change, and before the log is put in its place: nothing in it moves by this.
  useLayoutEffect(() => {
    const scroller = log();
    const content = scroller?.querySelector<HTMLElement>('.log-content');
    if (!scroller || !content) return;
    const [top, end] = coveredNow(scroller);
    // A request may come at any time, and moves nothing.
    const [under] = coveredOf(scroller.getBoundingClientRect(), bars(), []);
    // The ring of the focus is not covered either.
    const ring = 'var(--space-1)';
    scroller.style.scrollPaddingBlock = `calc(${top}px + ${ring}) calc(${end}px + ${ring})`;
    // Without a message there is nothing that could have the focus.
    const isOver = under > 0 && content.querySelector('[data-id]') !== null;
    content.style.paddingBlockStart = isOver ? `calc(${under}px + var(--space-2))` : '';
  });
}
