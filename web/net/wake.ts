/** Calls `wake` when the network is said to be back and when the page becomes visible. */
export function onWake(wake: () => void): void {
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') wake();
  });
}
