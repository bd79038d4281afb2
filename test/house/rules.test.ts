/**
 * Checks shared/PROTOCOL.md against the tree: the rules that code and tests cite are there, and each rule there is
 * tested.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const PROTOCOL = readFileSync(`${TOP}shared/PROTOCOL.md`, 'utf8');

/** Rules that PROTOCOL.md defines: `**D7**`. */
const DEFINED = new Set([...PROTOCOL.matchAll(/\*\*(D\d+)\*\*/g)].map(([, rule]) => rule!));
/** Numbers that PROTOCOL.md reserves for what is not built yet. */
const RESERVED = ['D30', 'D31', 'D32', 'D33'];
/** Sections of the specification for which PROTOCOL.md has a heading, by number or by title. */
const SECTIONS = new Set([
  ...[...PROTOCOL.matchAll(/^## (\d)\. /gm)].map(([, number]) => `§${number!}`),
  ...[...PROTOCOL.matchAll(/§ ("[^"]+")/g)].map(([, title]) => `§ ${title!}`),
]);

interface Citation {
  readonly file: string;
  readonly rule: string;
}

/**
 * Lists every citation of a rule or a section in the project's own texts; citations of an RFC's sections are left out.
 */
function citations(): Citation[] {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: TOP,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((file) => /\.(tsx?|js|md|ya?ml)$/.test(file) && !import.meta.filename.endsWith(file));
  return files.flatMap((file) => citedIn(file, readFileSync(TOP + file, 'utf8')));
}

function citedIn(file: string, text: string): Citation[] {
  const own = text.replace(/RFC \d+[^\n]*?(?=[;)]|\n|$)/g, '');
  return [...own.matchAll(/\bD[1-9]\d?\b|§[1-9](?![.\d])|§ "[^"]+"/g)].map(([rule]) => ({ file, rule }));
}

describe('the rules', () => {
  const cited = citations();

  it('are cited all over the place', () => {
    expect(cited.length).toBeGreaterThan(500);
    expect(DEFINED.size).toBeGreaterThanOrEqual(29);
  });

  it('that are cited anywhere are in shared/PROTOCOL.md', () => {
    const known = new Set([...DEFINED, ...SECTIONS, ...RESERVED]);
    expect(cited.filter(({ rule }) => !known.has(rule))).toEqual([]);
  });

  it('of shared/PROTOCOL.md are each cited by a test', () => {
    const tested = new Set(cited.filter(({ file }) => file.endsWith('.test.ts')).map(({ rule }) => rule));
    expect([...DEFINED].filter((rule) => !tested.has(rule))).toEqual([]);
  });
});
