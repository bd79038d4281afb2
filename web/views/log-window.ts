/** Lays out only what is in sight of a long log, and keeps what one reads where it is. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Chunk } from '../store/chunks.ts';

/** Within this many pixels of the end the log follows what comes. */
const STICKY_PX = 80;
/** Laid out above and below what is in sight, in heights of the log. */
const MARGIN = 1;
/** Height of an entry that was never laid out, in pixels, before any was. */
const FIRST_GUESS_PX = 40;

export interface LogWindow {
  readonly scroller: { current: HTMLDivElement | null };
  /** True while the end is out of sight because someone has scrolled back. */
  readonly away: boolean;
  /** The chunks from `first` up to `last`, `last` excluded, are to be laid out. */
  readonly first: number;
  readonly last: number;
  /** Room to leave for those before and behind, in pixels. */
  readonly above: number;
  readonly below: number;
  readonly onScroll: () => void;
  readonly toEnd: () => void;
}

/** What lies in sight, measured: where the log stands. */
interface View {
  readonly top: number;
  readonly height: number;
}

/**
 * A chunk is laid out as an element with `data-chunk`, its id. It begins at the element with `data-start` when there is
 * one, and it is not in sight from the end; else at the end, which it follows until someone scrolls back.
 * @param start index of the chunk that holds `data-start`, or -1
 */
export function useLogWindow(chunks: readonly Chunk[], start: number): LogWindow {
  const scroller = useRef<HTMLDivElement>(null);
  const heights = useRef(new Heights());
  const starting = useRef(start >= 0);
  const following = useRef(!starting.current);
  const anchor = useRef<Anchor | null>(null);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);
  const [view, setView] = useState(() => viewOf(chunks.slice(0, Math.max(0, start)), heights.current));
  const range = rangeInView(chunks, heights.current, following.current ? null : view);

  const look = () => {
    const log = scroller.current;
    // Not shown at all: nothing to look at.
    if (!log || log.clientHeight === 0) return;
    anchor.current = following.current ? null : findAnchor(log);
    const { scrollTop: top, clientHeight: height } = log;
    lastTop.current = top;
    const isNear = (old: View) => old.height === height && Math.abs(old.top - top) <= height / 4;
    setView((old) => (isNear(old) ? old : { top, height }));
    setAway(!following.current);
  };
  const onScroll = () => {
    if (!scroller.current) return;
    const { scrollHeight, scrollTop, clientHeight } = scroller.current;
    // Only going up leaves the end: what comes meanwhile can move the end away before this is heard of.
    if (scrollHeight - scrollTop - clientHeight < STICKY_PX) following.current = true;
    else if (scrollTop < lastTop.current) following.current = false;
    look();
  };
  const toEnd = () => {
    following.current = true;
    scrollToEnd(scroller.current);
    look();
  };
  useLayoutEffect(() => {
    const log = scroller.current;
    if (!log || log.clientHeight === 0) return;
    heights.current.measure(log, chunks);
    if (starting.current) {
      starting.current = false;
      following.current = !scrollToStart(log);
    }
    // The person may have gone up before the scroll event told of it.
    if (following.current && hasGoneUp(log, lastTop.current)) following.current = false;
    if (following.current) scrollToEnd(log);
    else if (anchor.current) restore(log, anchor.current);
    look();
  });
  useResize(scroller, () => {
    heights.current.forget();
    if (following.current) scrollToEnd(scroller.current);
    look();
  });
  return { scroller, away, onScroll, toEnd, ...range };
}

/** Whether the log stands higher than before, and not because it has become shorter. */
function hasGoneUp({ scrollHeight, scrollTop, clientHeight }: HTMLElement, lastTop: number): boolean {
  return scrollTop < lastTop && scrollHeight - scrollTop - clientHeight >= STICKY_PX;
}

function scrollToEnd(log: HTMLElement | null): void {
  if (log) log.scrollTop = log.scrollHeight;
}

/** False when nothing before the start would be out of sight at the end. */
function scrollToStart(log: HTMLElement): boolean {
  scrollToEnd(log);
  const start = log.querySelector('[data-start]');
  const above = start ? start.getBoundingClientRect().top - log.getBoundingClientRect().top : 0;
  if (above >= 0) return false;
  log.scrollTop += above;
  return true;
}

function viewOf(before: readonly Chunk[], heights: Heights): View {
  return { top: before.reduce((sum, chunk) => sum + heights.of(chunk), 0), height: innerHeight };
}

/** Calls when the log has another width or height than before. */
function useResize(scroller: { current: HTMLElement | null }, onResize: () => void): void {
  const latest = useRef(onResize);
  latest.current = onResize;
  useLayoutEffect(() => {
    if (!scroller.current) return;
    const observer = new ResizeObserver(() => latest.current());
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
}

/** An element in sight, and where it stood: after a change above it, it is put back there. */
interface Anchor {
  readonly element: Element;
  readonly top: number;
}

function findAnchor(log: HTMLElement): Anchor | null {
  const { top, bottom } = log.getBoundingClientRect();
  const isInSight = (element: Element) => {
    const own = element.getBoundingClientRect();
    return own.bottom > top && own.top < bottom;
  };
  const chunk = [...log.querySelectorAll('[data-chunk]')].find(isInSight);
  const element = [...(chunk?.children ?? [])].find(isInSight);
  return element ? { element, top: element.getBoundingClientRect().top - top } : null;
}

function restore(log: HTMLElement, { element, top }: Anchor): void {
  if (!element.isConnected) return;
  const moved = element.getBoundingClientRect().top - log.getBoundingClientRect().top - top;
  if (Math.abs(moved) >= 1) log.scrollTop += moved;
}

/** Heights of chunks, in pixels: measured once laid out, guessed from those that were until then. */
class Heights {
  #known = new Map<number, number>();
  #pixels = 0;
  #entries = 0;

  of(chunk: Chunk): number {
    const guess = this.#entries > 0 ? this.#pixels / this.#entries : FIRST_GUESS_PX;
    return this.#known.get(chunk.id) ?? guess * chunk.entries.length;
  }

  measure(log: HTMLElement, chunks: readonly Chunk[]): void {
    const sizes = new Map(chunks.map(({ id, entries }) => [id, entries.length]));
    for (const element of log.querySelectorAll<HTMLElement>('[data-chunk]')) {
      const id = Number(element.dataset['chunk']);
      const size = sizes.get(id);
      if (size === undefined) continue;
      const height = element.getBoundingClientRect().height;
      if (!this.#known.has(id)) {
        this.#pixels += height;
        this.#entries += size;
      }
      this.#known.set(id, height);
    }
  }

  forget(): void {
    this.#known.clear();
    this.#pixels = this.#entries = 0;
  }
}

type Range = Pick<LogWindow, 'first' | 'last' | 'above' | 'below'>;

/** Which chunks are in sight or near it; without a view, those at the end. */
function rangeInView(chunks: readonly Chunk[], heights: Heights, view: View | null): Range {
  const all = chunks.map((chunk) => heights.of(chunk));
  const total = all.reduce((sum, height) => sum + height, 0);
  const screen = view?.height ?? innerHeight;
  const from = (view?.top ?? total - screen) - MARGIN * screen;
  const to = view ? view.top + (1 + MARGIN) * screen : Infinity;
  let [first, last, above, at] = [0, 0, 0, 0];
  for (const [index, height] of all.entries()) {
    const end = at + height;
    if (end <= from && index < all.length - 1) {
      first = index + 1;
      above = end;
    }
    if (at < to) last = index + 1;
    at = end;
  }
  last = Math.max(last, first + 1);
  const shown = all.slice(first, last).reduce((sum, height) => sum + height, 0);
  return { first, last, above, below: Math.max(0, total - above - shown) };
}
