import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COATS } from '../../web/components/base/cat.tsx';

const css = (name: string) => readFileSync(new URL(`../../web/styles/${name}.css`, import.meta.url), 'utf8');

/** Both values of a `light-dark()`, as `#rrggbb`. */
function pairOf(text: string, what: string): readonly [light: string, dark: string] {
  const found = new RegExp(`${what}\\s*light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(text);
  if (!found) throw new Error(`no ${what}`);
  return [found[1]!, found[2]!];
}

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

const tokens = css('tokens');
const cat = css('cat');
const GROUNDS = ['ground', 'sheet', 'raised', 'hover', 'accent-soft', 'news-soft'].map(
  (name) => [name, pairOf(tokens, `--${name}:`)] as const,
);
const hues = Array.from({ length: COATS }, (_, index) => pairOf(tokens, `--coat-${index}:`));

describe('the colours of names', () => {
  it('are at least twelve, each another one, in both themes', () => {
    expect(hues.length).toBeGreaterThanOrEqual(12);
    expect(new Set(hues.map(([light]) => light)).size).toBe(hues.length);
    expect(new Set(hues.map(([, dark]) => dark)).size).toBe(hues.length);
    expect(tokens).not.toContain(`--coat-${COATS}:`);
  });

  it.each(hues.map((hue, index) => [index, hue] as const))(
    'of coat %i can be read on every ground, and the letter on the coat',
    (_index, hue) => {
      for (const theme of [0, 1] as const) {
        for (const [name, ground] of GROUNDS)
          expect(contrast(hue[theme], ground[theme]), name).toBeGreaterThanOrEqual(4.5);
        const letter = pairOf(cat, '--letter:')[theme];
        expect(contrast(hue[theme], letter)).toBeGreaterThanOrEqual(4.5);
      }
    },
  );
});
