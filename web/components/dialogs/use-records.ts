import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createRecorder, type WireRecord } from '../../net/wire-recorder.ts';
import { taps } from '../../net/page-stream.ts';
import { oncePerPaint } from '../../platform/paint.ts';

/**
 * Records from now on; shown at most once per frame, and as they were while paused, or while an earlier one is looked at: the
 * oldest are let go, and in a busy room that one would soon be gone from under the pointer.
 * @param following false while the end of the list is not looked at
 */
export function useRecords(following: { readonly current: boolean }) {
  const [records, setRecords] = useState<readonly WireRecord[]>([]);
  const [paused, setPaused] = useState(false);
  const isPaused = useRef(false);
  const [recorder, show] = useMemo(() => {
    const made = createRecorder(oncePerPaint(() => shows()));
    const shows = () => {
      if (!isPaused.current && following.current) setRecords(made.records());
    };
    return [made, shows] as const;
  }, [following]);
  useLayoutEffect(() => {
    isPaused.current = paused;
    show();
  }, [paused, show]);
  useLayoutEffect(() => {
    taps.add(recorder.tap);
    return () => void taps.delete(recorder.tap);
  }, [recorder]);
  const clear = () => {
    recorder.clear();
    setRecords([]);
  };
  return { records, show, clear, paused, setPaused };
}
