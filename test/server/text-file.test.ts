import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBytes, readFirstLine, readText } from '../../server/config/text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'chaton-text-'));

describe('a file that a setting names', () => {
  it.each([
    ['a folder', folder, /is a directory/],
    ['a device that never ends', '/dev/zero', /\/dev\/zero is no ordinary file/],
    ['a device that gives nothing', '/dev/null', /is no ordinary file/],
    ['nothing', join(folder, 'nothing'), /ENOENT/],
  ])('that is %s is refused', (_title, path, words) => {
    expect(() => readText(path)).toThrow(words);
    expect(() => readBytes(path)).toThrow(words);
  });

  it('that is larger than any settings is not read whole', () => {
    const path = join(folder, 'large');
    writeFileSync(path, '');
    execFileSync('truncate', ['--size=8G', path]);
    expect(() => readText(path)).toThrow(/has more than 1048576 bytes/);
  });

  it('that is a pipe without a writer is empty, and holds nothing up', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(readText(path)).toBe('');
  });

  it('that is a pipe of a slow writer, as of --token-file <(…), is waited for', async () => {
    const path = join(folder, 'slow');
    execFileSync('mkfifo', [path]);
    // The writer has opened the pipe before it says so; both ends, or it would wait for a reader.
    const script = 'exec 3<>"$1"; echo; sleep 0.3; echo first >&3; sleep 0.1; exec 3>&-';
    const writer = spawn('sh', ['-c', script, 'sh', path]);
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    expect(readFirstLine(path)).toBe('first');
    // Where clients would wait meanwhile nothing waits.
    const other = spawn('sh', ['-c', 'exec 3<>"$1"; echo; read -r line', 'sh', path]);
    await new Promise((resolve) => other.stdout.once('data', resolve));
    expect(() => readBytes(path)).toThrow(/is a pipe, and nothing comes/);
    other.kill();
  });
});
