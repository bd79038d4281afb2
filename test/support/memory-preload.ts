/** Preloaded into a measured gateway: answers each message with its memory after a forced collection. */

process.on('message', (question) => {
  if (question !== 'memory') return;
  collect();
  // The second collection frees what a WeakRef or a finalizer held.
  setTimeout(() => {
    collect();
    process.send?.(process.memoryUsage());
  }, 50);
});
// The channel must not keep a process alive that is asked to end.
process.channel?.unref();

function collect(): void {
  if (!globalThis.gc) throw new Error('needs --expose-gc');
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
