import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Listens to events that reach the window, while the view is there; `listener` is called as it was last rendered.
 * @param isFirst true for a listener that hears of them before all others
 */
export function useListener<Type extends keyof WindowEventMap>(
  type: Type,
  listener: (event: WindowEventMap[Type]) => void,
  isFirst = false,
): void {
  const latest = useRef(listener);
  latest.current = listener;
  useLayoutEffect(() => {
    const call = (event: WindowEventMap[Type]) => latest.current(event);
    addEventListener(type, call, isFirst);
    return () => removeEventListener(type, call, isFirst);
  }, []);
}
