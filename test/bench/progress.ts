/** What goes to stderr while the bench runs. */
import type { Step } from './measure.ts';

/** Shows which measurement is being made; on a terminal one line that changes. Null takes it away. */
export function showStep(step: Step | null): void {
  const isTerminal = process.stderr.isTTY;
  if (isTerminal) process.stderr.write('\r\x1b[K');
  if (!step) return;
  const { number, of, what } = step;
  process.stderr.write(
    `[${String(number).padStart(String(of).length)}/${of}] ${what}${isTerminal ? '' : '\n'}`,
  );
}
