/** Progress of the bench, on stderr. */
import type { Step } from './measure.ts';

/** Shows the measurement that is being made; on a terminal in one line that changes. Null removes it. */
export function showStep(step: Step | null): void {
  const isTerminal = process.stderr.isTTY;
  if (isTerminal) process.stderr.write('\r\x1b[K');
  if (!step) return;
  const { number, of, what } = step;
  process.stderr.write(
    `[${String(number).padStart(String(of).length)}/${of}] ${what}${isTerminal ? '' : '\n'}`,
  );
}
