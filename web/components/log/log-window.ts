/** Lays out only what is in sight of a long log, and keeps what one reads where it is. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Chunk } from '../../selectors/chunks.ts';
import { chunkOf, findAnchor, hold, type Anchor, type Line } from './anchor.ts';
import { Heights } from './heights.ts';
import { LaidOut, type View } from './laid-out.ts';

/** Distance from the end, in pixels, within which the log follows what comes. */
const STICKY_PX = 80;
/** Time without a change after which more is laid out, in ms. */
const CALM_MS = 50;

/** A chunk that is laid out, or the height of those that are not, in pixels. */
export type Piece = Chunk | number;

interface LogWindow {
  readonly scroller: { current: HTMLDivElement | null };
  /** True while the end is out of sight because someone has scrolled back. */
  readonly away: boolean;
  /** The whole log, in order. */
  readonly pieces: readonly Piece[];
  readonly onScroll: () => void;
  /** Follows the end again when a person, who has let go of the log, has left it there. */
  readonly onScrollEnd: () => void;
  /** Goes to a message that is laid out, or to the end, also where the log is held: what was under the pointer is to go. */
  readonly go: (to: Anchor | null) => void;
  /** Stays where it is, though it follows the end, as long as `place.held`. */
  readonly stay: () => void;
  /** Reading position; null at the end. */
  readonly place: { readonly anchor: Anchor | null; held: Anchor | null };
}

/** Line at which a log begins, and what it is in. */
export interface Start extends Line {
  readonly chunk: number;
  readonly selector: string;
}

/**
 * A chunk is laid out as an element with `data-chunk`, its id. The log begins at its start when there is one, and it is
 * not in sight from the end; else at the end, which it follows until someone scrolls back.
 * @param held ids of chunks that are to be laid out wherever one is
 */
export function useLogWindow(
  chunks: readonly Chunk[],
  start: Start | null,
  held: readonly number[],
): LogWindow {
  const scroller = useRef<HTMLDivElement>(null);
  const [place] = useState(() => new Place(start));
  const [away, setAway] = useState(false);
  const [view, setView] = useState<View>({
    id: start?.chunk ?? 0,
    top: start?.offset ?? 0,
    height: innerHeight,
  });
  const latest = useRef(chunks);
  latest.current = chunks;

  const updateView = () => {
    const log = scroller.current;
    if (!hasSize(log)) return;
    setAway(!place.following);
    if (place.isSinking) return;
    const now = place.viewOf(log, latest.current);
    const isNear = (old: View) =>
      old.height === now.height && old.id === now.id && Math.abs(old.top - now.top) <= now.height / 4;
    setView((old) => (isNear(old) ? old : now));
  };
  /** Lays out more where some is missing: what was guessed higher than it is left room, too. */
  const more = (need: 'isSeen' | 'isWhole') => {
    updateView();
    if (!place.laidOut[need]) setView((now) => ({ ...now }));
  };
  const onScroll = () => {
    if (hasSize(scroller.current)) place.onEvent(scroller.current);
    updateView();
  };
  const onScrollEnd = () => {
    if (hasSize(scroller.current) && place.onRest(scroller.current)) updateView();
  };
  const go = (to: Anchor | null) => {
    place.following = !to;
    place.anchor = to;
    place.isByHand = false;
    place.held = null;
    if (scroller.current) place.keep(scroller.current);
    updateView();
  };
  const stay = () => {
    if (!hasSize(scroller.current)) return;
    place.held = findAnchor(scroller.current);
    updateView();
  };
  // The place is noted before anything changes: the person may have scrolled, and the event for it is still to come.
  if (hasSize(scroller.current)) place.onEvent(scroller.current);
  useLayoutEffect(() => {
    const log = scroller.current;
    if (!hasSize(log)) return undefined;
    place.heights.measure(log, place.laidOut.sizes);
    const begins = place.begin(log);
    if (!begins) place.keep(log);
    // In a task of its own. In a flood the next change comes first, and what is not in sight waits.
    const timer = setTimeout(more, begins || !place.laidOut.isSeen ? 0 : CALM_MS, 'isWhole');
    return () => clearTimeout(timer);
  });
  useResize(scroller, (log) => {
    if (place.hasOtherLines(log)) place.heights = new Heights();
    place.heights.measure(log, place.laidOut.sizes);
    if (!place.begin(log)) place.keep(log);
    // The view is updated a frame later: what an observer of sizes changes must not change sizes.
    requestAnimationFrame(() => more('isSeen'));
  });
  const pieces = piecesOf(chunks, place, view, held);
  return { scroller, away, pieces, onScroll, onScrollEnd, go, stay, place };
}

/** True for a log that has a size: one that has none, as while a phone shows the list, has no place to keep. */
function hasSize(log: HTMLElement | null): log is HTMLElement {
  return log !== null && log.clientHeight > 0;
}

/** Calls `onResize` when the log, or what is in it, has another size than before, and is shown. */
function useResize(scroller: { current: HTMLElement | null }, onResize: (log: HTMLElement) => void): void {
  const latest = useRef(onResize);
  latest.current = onResize;
  useLayoutEffect(() => {
    const log = scroller.current;
    if (!log?.firstElementChild) return;
    const observer = new ResizeObserver(() => hasSize(log) && latest.current(log));
    observer.observe(log);
    observer.observe(log.firstElementChild);
    return () => observer.disconnect();
  }, []);
}

/** Scroll position of the log, kept whatever happens to its size and content: only a person scrolls it elsewhere. */
class Place {
  heights = new Heights();
  readonly laidOut = new LaidOut();
  following: boolean;
  anchor: Anchor | null = null;
  /** True where a person has scrolled to, and nothing that was looked for has led there. */
  isByHand = false;
  /** Line that a pointer holds, so that what it is about to press stays under it. */
  held: Anchor | null = null;
  /** Place at which the log is first shown, until it has been. */
  #start: Start | null;
  /** Scroll position, size and lines of the log when it was last put in its place. */
  #top = 0;
  #size = '';
  #lines = '';

  constructor(start: Start | null) {
    this.#start = start;
    this.following = !start;
  }

  /** True while it goes down with the end. */
  get isSinking(): boolean {
    return this.following && !this.held;
  }

  /** Notes where a person has scrolled to. */
  onEvent(log: HTMLElement): void {
    if (log.scrollTop === this.#top) return;
    // A log of another size may have been moved by the browser: but not to the focus, which a person has moved.
    if (sizeOf(log) !== this.#size && !hidesFocus(log)) return;
    // Whoever goes back has just left the end: what comes meanwhile would else pull the log from under the finger.
    this.following = fromEnd(log) < (log.scrollTop < this.#top ? 1 : STICKY_PX);
    this.anchor = null;
    if (this.held) this.held = findAnchor(log);
    this.isByHand = true;
    this.#note(log);
  }

  /** Notes that nothing moves the log any more, neither a finger nor its momentum; true when it follows the end from now on. */
  onRest(log: HTMLElement): boolean {
    if (this.following || !this.isByHand || fromEnd(log) >= STICKY_PX || hidesFocus(log)) return false;
    this.following = true;
    this.#note(log);
    return true;
  }

  /** Scrolls to the place at which the log is first shown, once; false when that is the end, or it has been shown. */
  begin(log: HTMLElement): boolean {
    const start = this.#start;
    if (!start) return false;
    this.#start = null;
    log.scrollTop = log.scrollHeight;
    const end = log.scrollTop;
    const element = log.querySelector(start.selector);
    if (element) hold(log, { ...start, element });
    // Browsers scroll by whole pixels: a place that is measured anew each time one comes back would wander off.
    if (element?.matches('[data-id]')) this.anchor = { ...start, element };
    this.following = log.scrollTop >= end;
    this.#note(log);
    return true;
  }

  /** Puts the log back to where it was. */
  keep(log: HTMLElement): void {
    const anchor = this.held ?? this.anchor;
    if (this.isSinking) log.scrollTop = log.scrollHeight;
    else if (anchor) hold(log, anchor);
    this.#note(log);
  }

  /** True when the width of lines or the size of letters has changed: no height is what it was. */
  hasOtherLines(log: HTMLElement): boolean {
    const lines = `${log.clientWidth} ${getComputedStyle(log).fontSize}`;
    const others = lines !== this.#lines && this.#lines !== '';
    this.#lines = lines;
    return others;
  }

  viewOf(log: HTMLElement, chunks: readonly Chunk[]): View {
    const { clientHeight: height } = log;
    const shown = chunkAtTop(log);
    if (shown) return { ...shown, height };
    let top = -log.scrollTop;
    for (const chunk of chunks) {
      const end = top + this.heights.of(chunk);
      if (end > 0) return { id: chunk.id, top, height };
      top = end;
    }
    return { id: chunks.at(-1)?.id ?? 0, top: 0, height };
  }

  #note(log: HTMLElement): void {
    this.#top = log.scrollTop;
    this.#size = sizeOf(log);
    if (this.following) this.anchor = null;
    else if (!this.anchor?.element.isConnected) this.anchor = findAnchor(log);
  }
}

/** Distance of what is in sight from the end, in pixels. */
function fromEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number {
  return scrollHeight - scrollTop - clientHeight;
}

/** True where the end would push the focus over the top of the log, to which a step back of the keyboard has brought it. */
function hidesFocus(log: HTMLElement): boolean {
  const focused = log.querySelector(':focus');
  if (!focused) return false;
  const top = focused.getBoundingClientRect().top - log.getBoundingClientRect().top;
  return top > -1 && top < fromEnd(log);
}

function sizeOf({ scrollHeight, clientHeight, clientWidth }: HTMLElement): string {
  return `${scrollHeight} ${clientHeight} ${clientWidth}`;
}

/** The chunk over the top of the log, if one is laid out there. */
function chunkAtTop(log: HTMLElement): Pick<View, 'id' | 'top'> | null {
  const { top } = log.getBoundingClientRect();
  for (const element of log.querySelectorAll<HTMLElement>('[data-chunk]')) {
    const own = element.getBoundingClientRect();
    if (own.top <= top && own.bottom > top)
      return { id: Number(element.dataset['chunk']), top: own.top - top };
  }
  return null;
}

/**
 * Lays out the chunks in sight or near it, and those that hold an end of the selection, the focus, or the place where one
 * reads: they must not go while they do.
 */
function piecesOf(chunks: readonly Chunk[], place: Place, view: View, wanted: readonly number[]): Piece[] {
  const { heights, laidOut } = place;
  const [first, last] = laidOut.rangeIn(chunks, place.isSinking ? null : view, view.height, (one) =>
    place.heights.of(one),
  );
  const selection = getSelection();
  const held = [place.anchor?.element, selection?.anchorNode, selection?.focusNode, document.activeElement]
    .map(chunkOf)
    .concat(wanted);
  const pieces: Piece[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const before = pieces.at(-1);
    if (held.includes(chunk.id) || (index >= first && index < last)) pieces.push(chunk);
    else if (typeof before !== 'number') pieces.push(heights.of(chunk));
    else pieces[pieces.length - 1] = before + heights.of(chunk);
  }
  return pieces;
}
