import { describe, expect, it } from 'vitest';
import { LoopDelay } from '../../server/admission/capacity.ts';

describe('whether the event loop is late', () => {
  /** Smoothed event-loop delay after each second, by the mean of each, in ms. */
  const judge = (...means: readonly number[]): number[] => {
    const samples = { mean: 0, reset: () => {}, enable: () => true, disable: () => true };
    const delay = new LoopDelay(samples);
    return means.map((mean) => {
      samples.mean = mean * 1e6;
      delay.tick();
      return delay.last;
    });
  };

  it('one second does not decide: a machine that slept for half a minute is not overloaded', () => {
    expect(judge(1, 30_000, 2, 1)).toEqual([0, 1, 2, 1]);
  });

  it('two in a row do', () => {
    expect(judge(600, 700, 650, 3)).toEqual([0, 600, 650, 3]);
  });

  it('a second without samples is none that was late', () => {
    expect(judge(NaN, NaN)).toEqual([0, 0]);
  });
});
