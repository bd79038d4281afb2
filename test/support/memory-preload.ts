/** Loaded into a gateway that is measured, before it starts: answers how much memory is left after a forced collection. */

process.on('message', (question) => {
  if (question !== 'memory') return;
  collect();
  // What a WeakRef or a finalizer held goes with the second one.
  setTimeout(() => {
    collect();
    process.send?.(process.memoryUsage());
  }, 50);
});
// The question must not keep the process alive that is asked to end.
process.channel?.unref();

function collect(): void {
  if (!globalThis.gc) throw new Error('needs --expose-gc');
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
