/** Standard outputs that take nothing, for a gateway that logs to them. */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const LOG_SINKS = ['full disk', 'unread pipe', 'stopped terminal'] as const;
export type LogSink = (typeof LOG_SINKS)[number];

interface OpenedLog {
  /** Command, with whatever has to stand around it. */
  readonly argv: readonly string[];
  readonly stdout: number | 'pipe';
  /** Called with the started process. */
  readonly onSpawn: (child: ChildProcess) => void;
}

/** Prepares the output for a command; null is a pipe that the caller reads. */
export function openLog(sink: LogSink | null, command: readonly string[]): OpenedLog {
  const onSpawn = () => {};
  if (sink === null) return { argv: command, stdout: 'pipe', onSpawn };
  if (sink === 'full disk') return { argv: command, stdout: openSync('/dev/full', 'w'), onSpawn };
  if (sink === 'unread pipe') {
    const path = join(mkdtempSync(join(tmpdir(), 'chaton-pipe-')), 'pipe');
    execFileSync('mkfifo', [path]);
    // One descriptor is both ends, so that the pipe has a reader, which never reads.
    return { argv: command, stdout: openSync(path, 'r+'), onSpawn };
  }
  // Output of `script` is not read, so that it does not read its terminal; Ctrl-S stops the terminal as well. Either
  // alone would do.
  return {
    argv: ['script', '-qfec', `exec ${command.map(quoted).join(' ')}`, '/dev/null'],
    stdout: 'pipe',
    onSpawn: ({ stdin }) => void stdin!.on('error', () => {}).write('\x13'),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
