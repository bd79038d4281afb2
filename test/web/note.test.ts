import { describe, expect, it } from 'vitest';
import { isNoteSaid } from '../../web/components/composer/note.tsx';

describe('the line below the field', () => {
  it('is said when it is news, and neither as a hint nor with every key of a count', () => {
    expect(isNoteSaid(null, 'hint')).toBe(false);
    expect(isNoteSaid('hint', 'left')).toBe(true);
    expect(isNoteSaid('left', 'left')).toBe(false);
    expect(isNoteSaid('left', 'over')).toBe(true);
    expect(isNoteSaid('over', 'over')).toBe(false);
    expect(isNoteSaid('over', 'left')).toBe(true);
    expect(isNoteSaid('left', 'hint')).toBe(false);
    expect(isNoteSaid('problem', 'problem')).toBe(true);
    expect(isNoteSaid('hint', 'waiting')).toBe(true);
    expect(isNoteSaid('hint', 'throttled')).toBe(true);
  });
});
