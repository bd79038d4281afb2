import { afterEach, describe, expect, it, vi } from 'vitest';
import { clock, exact } from '../../web/i18n/time.ts';
import { warmUp } from '../../web/components/log/warm-up.ts';

/** Counts the formats of times that are built from now on. */
function countFormats(): () => number {
  let built = 0;
  const Original = Intl.DateTimeFormat;
  class Counted extends Original {
    constructor(...args: ConstructorParameters<typeof Original>) {
      super(...args);
      built++;
    }
  }
  vi.stubGlobal('Intl', Object.create(Intl, { DateTimeFormat: { value: Counted } }));
  return () => built;
}

describe('what the first message needs', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('is built before it comes, at most one format in a task', () => {
    const built = countFormats();
    const later = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(0 as never);
    void warmUp('en-NZ');
    expect(built()).toBe(0);
    for (const [index, [task]] of later.mock.calls.entries()) {
      task();
      expect(built()).toBeLessThanOrEqual(index + 1);
    }
    expect(built()).toBe(2);
    clock('en-NZ', Date.now());
    exact('en-NZ', Date.now());
    expect(built()).toBe(2);
  });
});
