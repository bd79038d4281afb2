import { useEffect } from 'preact/hooks';

/** Calls `run` in `ms`, once, while `isDue`: unless the view goes before, or one of `inputs` changes, which begins anew. */
export function useTimer(isDue: boolean, ms: number, run: () => void, inputs: readonly unknown[] = []): void {
  useEffect(() => {
    if (!isDue) return;
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  }, [isDue, ...inputs]);
}
