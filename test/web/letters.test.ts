import { describe, expect, it, vi } from 'vitest';

describe('where the browser cannot tell letters as a person sees them', () => {
  it('messages have their pictures, what is too long its number, and is split, all the same', async () => {
    const { Segmenter } = Intl;
    vi.resetModules();
    Reflect.deleteProperty(Intl, 'Segmenter');
    try {
      const { initialOf } = await import('../../web/components/base/cat.tsx');
      const { charactersOver } = await import('../../web/components/composer/note.tsx');
      const { splitText } = await import('../../web/text/split.ts');
      expect(initialOf('😺 cat')).toBe('😺');
      expect(charactersOver('ab😺', 4)).toBe(1);
      expect(splitText('😺'.repeat(40), 64)).toEqual(['😺'.repeat(16), '😺'.repeat(16), '😺'.repeat(8)]);
    } finally {
      Object.defineProperty(Intl, 'Segmenter', { value: Segmenter, configurable: true, writable: true });
      vi.resetModules();
    }
  });
});
