/** The clock of the machine. Its timers do not keep the process alive. */
import { performance } from 'node:perf_hooks';
import type { Clock } from '../chat/environment/clock.ts';

/** Interval, in ms, of the steps in which awake time is counted, and the longest step that counts. */
const STEP_EVERY = 500;
const LONGEST_STEP = 1_000;

let counted = 0;
let countedAt = performance.now();

const awake = (): number => counted + Math.min(performance.now() - countedAt, LONGEST_STEP);

setInterval(() => {
  counted = awake();
  countedAt = performance.now();
}, STEP_EVERY).unref();

export const systemClock: Clock = {
  now: () => performance.now(),
  awake,
  after(ms, run) {
    const due = awake() + ms;
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      const expected = performance.now() + left;
      timer = setTimeout(() => {
        // Timers run before anything is read: after a pause even one that was due gives way to what came meanwhile.
        const isLate = performance.now() - expected > LONGEST_STEP;
        const rest = isLate ? Math.max(due - awake(), Math.min(ms, LONGEST_STEP)) : due - awake();
        if (rest >= 1) wait(rest);
        else run();
      }, left).unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms).unref();
    return () => clearInterval(timer);
  },
};
