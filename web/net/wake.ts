/** Tells when a wait for the server can be cut short: the network or the person is back; of a lazy part. */

/** Shortest interval, in ms, between two tries that a person causes: keys come faster than a server answers. */
export const PRESS_INTERVAL_MS = 2_000;

/**
 * Calls `wake` when the network is said to be back, when the page becomes visible, and when the person does something with
 * it: a key, the pointer, the focus.
 */
export function onWake(wake: () => void): void {
  let pressedAt = -Infinity;
  const pressed = () => {
    const now = performance.now();
    if (now - pressedAt < PRESS_INTERVAL_MS) return;
    pressedAt = now;
    wake();
  };
  for (const kind of ['keydown', 'pointerdown', 'focus'])
    addEventListener(kind, pressed, { capture: true, passive: true });
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake();
  });
}
