import { describe, expect, it } from 'vitest';
import { systemClock } from '../../server/app/system-clock.ts';

/** Stops the thread, as a machine that sleeps does: nothing runs, and time passes. */
const standStill = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('deadlines of clients, when the process stood still', () => {
  it('D17, D28: what came meanwhile is read before a deadline that is over by that', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.after(50, () => resolve(void order.push('deadline')));
      setImmediate(() => {
        standStill(1_200);
        // Timers come first in the next iteration of the event loop, and only then what is read.
        setImmediate(() => order.push('read'));
      });
    });
    expect(order).toEqual(['read', 'deadline']);
  });

  it('counts no more than a second of it', () => {
    const before = [systemClock.now(), systemClock.awake()] as const;
    standStill(1_200);
    expect(systemClock.now() - before[0]).toBeGreaterThanOrEqual(1_199);
    expect(systemClock.awake() - before[1]).toBeLessThanOrEqual(1_000);
  });

  it('calls nothing that was cancelled meanwhile', async () => {
    let isCalled = false;
    const cancel = systemClock.after(20, () => (isCalled = true));
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        standStill(1_100);
        setImmediate(resolve);
      });
    });
    cancel();
    await new Promise<void>((resolve) => void systemClock.after(50, resolve));
    expect(isCalled).toBe(false);
  });
});
