/** The clock of the machine. Its timers do not keep the process alive. */
import { performance } from 'node:perf_hooks';
import type { Clock } from '../chat/environment/clock.ts';

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms).unref();
    return () => clearInterval(timer);
  },
};
