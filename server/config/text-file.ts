/** Files that a person, or another program, may have written. */
import { readFileSync } from 'node:fs';

/**
 * The text of a file. The mark that some editors put first (a BOM) is no part of it: a person does not see it, and no
 * parser wants it. Throws what `readFileSync` throws, or a TypeError when it is no UTF-8.
 */
export function readText(path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
}

/** The first line, without blanks around it: how a secret is kept in a file. Throws as {@link readText} does. */
export function readFirstLine(path: string): string {
  return readText(path).split('\n', 1)[0]!.trim();
}
