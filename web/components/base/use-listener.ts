import { useLayoutEffect, useRef } from 'preact/hooks';

/** Listens to events that reach the window, while the view is there; `listener` is called as it was last rendered. */
export function useListener<Type extends keyof WindowEventMap>(
  type: Type,
  listener: (event: WindowEventMap[Type]) => void,
): void {
  const latest = useRef(listener);
  latest.current = listener;
  useLayoutEffect(() => {
    const call = (event: WindowEventMap[Type]) => latest.current(event);
    addEventListener(type, call);
    return () => removeEventListener(type, call);
  }, []);
}
