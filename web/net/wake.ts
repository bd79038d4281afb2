/** Tells when a wait for the server can be cut short: the network or the person is back; of a lazy part. */

/** Shortest interval, in ms, between two tries that a person causes in one outage: keys come faster than a server answers. */
export const PRESS_INTERVAL_MS = 2_000;

/**
 * Calls `wake` when the network is said to be back, when the page becomes visible, and when the person does something with
 * it in an outage: a key, the pointer, the focus. The first such of each outage wakes at once, whatever was done before it.
 * @param outage names the present outage by when it began; null while there is none
 */
export function onWake(wake: () => void, outage: () => number | null): void {
  let triedIn: number | null = null;
  let triedAt = 0;
  const pressed = () => {
    const now = performance.now();
    const present = outage();
    if (present === null || (present === triedIn && now - triedAt < PRESS_INTERVAL_MS)) return;
    triedIn = present;
    triedAt = now;
    wake();
  };
  for (const kind of ['keydown', 'pointerdown', 'focus'])
    addEventListener(kind, pressed, { capture: true, passive: true });
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake();
  });
}
