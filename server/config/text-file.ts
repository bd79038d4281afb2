/** Files that a person, or another program, may have written. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that a file has at most: far more than any settings, secrets and chains of certificates take. */
const MAX_BYTES = 1024 * 1024;
/** Time, in ms, that a pipe has for its next bytes, as of `--config <(…)`: nothing else can happen meanwhile. */
const PATIENCE = 5_000;
const PAUSE = 10;

/**
 * The bytes of a file that a setting names, whatever it is: neither a pipe that nobody writes to, nor a device that never
 * ends, may keep the process from hearing a signal. Throws what the file system says, or an Error that says what it is.
 * @param patience the longest wait for a pipe, in ms; 0 where clients would wait, too
 */
export function readBytes(path: string, patience: number = 0): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) throw new Error(`${path} is a directory`);
    if (!stats.isFile() && !stats.isFIFO()) throw new Error(`${path} is no ordinary file`);
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    const length = fill(fd, bytes, patience);
    if (length > MAX_BYTES) throw new Error(`${path} has more than ${MAX_BYTES} bytes`);
    return Buffer.from(bytes.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}

/** Reads to the end of the file, or of the buffer; returns how many bytes there were. */
function fill(fd: number, bytes: Buffer, patience: number): number {
  const clock = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let length = 0;
  for (let waited = 0; ;) {
    try {
      const read = readSync(fd, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) return length;
      waited = 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (waited >= patience) throw new Error('it is a pipe, and nothing comes from it', { cause: error });
      Atomics.wait(clock, 0, 0, PAUSE);
      waited += PAUSE;
    }
  }
}

/**
 * The text of a file. The mark that some editors put first (a BOM) is no part of it: a person does not see it, and no
 * parser wants it. Throws what {@link readBytes} throws, or a TypeError when it is no UTF-8.
 */
export function readText(path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readBytes(path, PATIENCE));
}

/** The first line, without blanks around it: how a secret is kept in a file. Throws as {@link readText} does. */
export function readFirstLine(path: string): string {
  return readText(path).split('\n', 1)[0]!.trim();
}
