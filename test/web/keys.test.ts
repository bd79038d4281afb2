import { describe, expect, it } from 'vitest';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { frLazy } from '../../web/i18n/fr-lazy.ts';
import { hasMacKeys, keysInWords } from '../../web/platform/keys.ts';

describe('names of keys', () => {
  it('are those of the keyboard', () => {
    expect(['MacIntel', 'iPad', 'Linux x86_64', 'Win32'].map((platform) => hasMacKeys({ platform }))).toEqual(
      [true, true, false, false],
    );
    expect(keysInWords('Enter, Ctrl + Enter', false)).toBe('Enter, Ctrl + Enter');
    expect(keysInWords('Enter, Ctrl + Enter', true)).toBe('Enter, ⌘ Enter');
    expect(keysInWords('Alt + ↑ ↓', true)).toBe('⌥ ↑ ↓');
  });

  it.each([
    ['English', enLazy],
    ['French', frLazy],
  ])('on a Mac leave no key of another keyboard (%s)', (_language, { help }) => {
    for (const { keys } of Object.values(help.keys))
      expect(keysInWords(keys, true)).not.toMatch(/Ctrl|Alt|Shift|Maj/);
  });
});
