import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('No font of emoji is named: it has digits and the space, and Chromium takes them where no font before it is installed', () => {
  const tokens = readFileSync(new URL('../../web/styles/tokens.css', import.meta.url), 'utf8');
  const named = [...tokens.matchAll(/--font[\w-]*:([^;]+);/g)].map(([, fonts]) => fonts);
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((fonts) => /emoji/i.test(fonts!))).toEqual([]);
});
