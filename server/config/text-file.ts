/** Files that a person, or another program, may have written. */
import { readFileSync } from 'node:fs';

/**
 * The text of a file. The mark that some editors put first (a BOM) is no part of it: a person does not see it, and no
 * parser wants it. Throws what `readFileSync` throws.
 */
export function readText(path: string): string {
  return withoutMark(readFileSync(path, 'utf8'));
}

/** The first line, without blanks around it: how a secret is kept in a file. Throws what `readFileSync` throws. */
export function readFirstLine(path: string): string {
  return readText(path).split('\n', 1)[0]!.trim();
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
