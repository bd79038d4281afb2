/** Reads the files that settings name: a fault names the flag. */
import { ConfigError } from './config.ts';
import { readFirstLine } from './text-file.ts';

/** Characters that a secret has at least. */
const SHORTEST = 16;
/** Matches what a header can carry. */
const PRINTABLE = /^[!-~]*$/;

/** Reads a file by `read`. Throws a ConfigError when that throws. */
export function readFor<T>(flag: string, file: string, read: (file: string) => T): T {
  try {
    return read(file);
  } catch (error) {
    throw new ConfigError(`${flag}=${file}: cannot be read: ${(error as Error).message}`);
  }
}

/**
 * Reads a secret, the first line of a file. Throws a ConfigError when the file cannot be read, or holds none.
 * @param more words behind what the line must have
 * @param allowed matches a secret of the right characters
 */
export function readSecret(flag: string, file: string, more: string, allowed = /^/): string {
  const secret = readFor(flag, file, readFirstLine);
  if (secret.length >= SHORTEST && allowed.test(secret)) return secret;
  throw new ConfigError(`${flag}=${file}: its first line must have at least ${SHORTEST} characters${more}`);
}

/** Reads the operator's token. Throws as {@link readSecret} does. */
export function readToken(flag: string, file: string): string {
  return readSecret(flag, file, ', only letters, digits and punctuation of ASCII', PRINTABLE);
}
