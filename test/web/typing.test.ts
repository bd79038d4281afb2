import { describe, expect, it } from 'vitest';
import { isTyped } from '../../web/components/shell/shortcuts.ts';

const NO_MODIFIER = { altKey: false, ctrlKey: false, metaKey: false, defaultPrevented: false };

const press = (key: string, more: Partial<typeof NO_MODIFIER> = {}, modifier = '') =>
  isTyped({ ...NO_MODIFIER, ...more, key, getModifierState: (name) => name === modifier });

describe('a key that is meant for the composer', () => {
  it.each(['a', 'É', '7', '/', '@', 'ж', '日', '😀', 'Dead', 'Process'])('is %s', (key) => {
    expect(press(key)).toBe(true);
  });

  it.each([' ', 'Enter', 'Tab', 'Escape', 'ArrowUp', 'F6', 'Shift', 'Backspace', 'Delete', 'Unidentified'])(
    'is not %s',
    (key) => {
      expect(press(key)).toBe(false);
    },
  );

  it('has no modifier but AltGr, and was for nobody else', () => {
    for (const modifier of ['altKey', 'ctrlKey', 'metaKey', 'defaultPrevented'] as const)
      expect(press('c', { [modifier]: true })).toBe(false);
    expect(press('@', { ctrlKey: true, altKey: true }, 'AltGraph')).toBe(true);
    expect(press('@', { defaultPrevented: true }, 'AltGraph')).toBe(false);
  });
});
