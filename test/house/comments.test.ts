/** Checks that comments begin with the thing or the verb that they are about, not with a question word. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const RIDDLE = /^[ \t]*(?:\/\*\*|\*|\/\/) (?:Who|What|How|Whether|Whom) .*$/gm;

const riddlesIn = (text: string): string[] => [...text.matchAll(RIDDLE)].map(([line]) => line.trim());

/** Files of the program that people read: TypeScript, scripts, styles. */
const FILES = execFileSync('git', ['ls-files', '-z', 'server', 'shared', 'web'], {
  cwd: TOP,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => /\.(tsx?|cjs|css)$/.test(file));

it('nothing is named `tell`, a retired word: a name says to whom, or what is sent', () => {
  const named = FILES.flatMap((file) =>
    [...readFileSync(TOP + file, 'utf8').matchAll(/(?:const|function) tell\b|#tell\b/g)].map(() => file),
  );
  expect(named).toEqual([]);
});

it('comments say first what something is or does', () => {
  expect(FILES.length).toBeGreaterThan(300);
  const found = FILES.flatMap((file) =>
    riddlesIn(readFileSync(TOP + file, 'utf8')).map((line) => `${file}: ${line}`),
  );
  expect(found).toEqual([]);
});

it('a comment that does not is found', () => {
  expect(riddlesIn('/** What is kept. */\n  // Who waits.\n// Bytes that wait.\n')).toEqual([
    '/** What is kept. */',
    '// Who waits.',
  ]);
});
