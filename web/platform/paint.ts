/** Time between two times that a page in the background is shown, in ms: it has no frames. */
const HIDDEN_PAINT_MS = 250;

/** Limits `show` to once per frame, however often there is something new; in the background to once in 250 ms. */
export function oncePerPaint(show: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const now = () => {
      waiting = false;
      show();
    };
    if (document.hidden) setTimeout(now, HIDDEN_PAINT_MS);
    else requestAnimationFrame(now);
  };
}
