/** Anchor: the element of the log that one reads. After a change of what is around it, it is put back where it was. */

export interface Anchor extends Line {
  readonly element: Element;
}

/** A line of an element, and where it is. */
export interface Line {
  /** The line to hold: this part of the element's height below its top, from 0 to 1. */
  readonly share: number;
  /** Place of that line, in pixels below the top of the log. */
  readonly offset: number;
}

/** The first message that is in sight from its beginning, or what is cut by the top: the line where it is cut. */
export function findAnchor(log: HTMLElement): Anchor | null {
  const box = log.getBoundingClientRect();
  const texts = [...log.querySelectorAll('.text')];
  const whole = texts.find((text) => {
    const { top } = text.getBoundingClientRect();
    // Further down it would not be what one reads: one is in the middle of something long.
    return top >= box.top - 1 && top < box.top + box.height / 2;
  });
  const others = [...texts, ...log.querySelectorAll('.chunk > *')];
  const element = whole ?? others.find((other) => isInSight(other, box));
  if (!element) return null;
  const { top, height } = element.getBoundingClientRect();
  const isCut = !whole && top < box.top;
  return { element, share: isCut ? (box.top - top) / height : 0, offset: isCut ? 0 : top - box.top };
}

/** True for an element of which something is within a box. */
export function isInSight(element: Element, box: DOMRect): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > box.top && top < box.bottom;
}

/** Scrolls so that the anchor is where it was. */
export function hold(log: HTMLElement, { element, share, offset }: Anchor): void {
  if (!element.isConnected) return;
  const { top, height } = element.getBoundingClientRect();
  const moved = top + share * height - log.getBoundingClientRect().top - offset;
  // Browsers scroll by whole pixels: half of one is as near as it gets.
  if (Math.abs(moved) > 0.5) log.scrollTop += moved;
}

/** The id of a message, or of another entry, as its element has it (`data-id`). */
export function idOf(element: HTMLElement): number {
  return Number(element.dataset['id']);
}

/** The id of the chunk that something stands in. */
export function chunkOf(node: Node | null | undefined): number | undefined {
  const element = node instanceof Element ? node : node?.parentElement;
  const chunk = element?.closest<HTMLElement>('[data-chunk]');
  return chunk ? Number(chunk.dataset['chunk']) : undefined;
}
