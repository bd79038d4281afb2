/** Height of what lies over the log, for the style sheets: what is below it begins there, however many lines it has. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Keeps a custom property of the page at the height of an element, as long as it is there and `isOver`. */
export function useHeightOver<Over extends HTMLElement>(
  property: '--banner' | '--find',
  isOver = true,
): RefObject<Over | null> {
  const element = useRef<Over>(null);
  useLayoutEffect(() => {
    if (!isOver) return;
    const { style } = document.documentElement;
    const measure = () => style.setProperty(property, `${element.current!.offsetHeight}px`);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    return () => {
      observer.disconnect();
      style.removeProperty(property);
    };
  }, [isOver]);
  return element;
}
