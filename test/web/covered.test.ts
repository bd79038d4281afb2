import { describe, expect, it } from 'vitest';
import { coveredOf } from '../../web/components/log/covered.ts';

describe('what lies over a log', () => {
  const log = { top: 100, bottom: 300 };

  it('is the lowest of what is at its top, and the highest of what is at its end', () => {
    expect(coveredOf(log, [{ bottom: 100 }, { bottom: 144.5 }], [{ top: 256 }])).toEqual([45, 44]);
    expect(coveredOf(log, [{ bottom: 98 }], [])).toEqual([0, 0]);
  });

  it('leaves a line, however low the log is', () => {
    expect(coveredOf({ top: 0, bottom: 80 }, [{ bottom: 44 }], [{ top: 30 }])).toEqual([44, 4]);
    expect(coveredOf({ top: 0, bottom: 20 }, [{ bottom: 44 }], [{ top: 0 }])).toEqual([0, 0]);
  });
});
