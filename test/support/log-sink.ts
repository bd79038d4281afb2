/** Standard outputs that take nothing, for a gateway whose log goes there. */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const LOG_SINKS = ['full disk', 'unread pipe', 'stopped terminal'] as const;
export type LogSink = (typeof LOG_SINKS)[number];

interface OpenedLog {
  /** The command, with whatever has to stand around it. */
  readonly argv: readonly string[];
  readonly stdout: number | 'pipe';
  /** Called with the process. */
  readonly onSpawn: (child: ChildProcess) => void;
}

/** What a command has to be started with for its output to go there; null is a pipe that whoever starts it reads. */
export function openLog(sink: LogSink | null, command: readonly string[]): OpenedLog {
  const onSpawn = () => {};
  if (sink === null) return { argv: command, stdout: 'pipe', onSpawn };
  if (sink === 'full disk') return { argv: command, stdout: openSync('/dev/full', 'w'), onSpawn };
  if (sink === 'unread pipe') {
    const path = join(mkdtempSync(join(tmpdir(), 'chaton-pipe-')), 'pipe');
    execFileSync('mkfifo', [path]);
    // Both ends in one, so that there is always a reader, which never reads.
    return { argv: command, stdout: openSync(path, 'r+'), onSpawn };
  }
  // What `script` shows is not taken, so that it does not take what its terminal has; Ctrl-S beside: either alone stops it.
  return {
    argv: ['script', '-qfec', `exec ${command.map(quoted).join(' ')}`, '/dev/null'],
    stdout: 'pipe',
    onSpawn: ({ stdin }) => void stdin!.on('error', () => {}).write('\x13'),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
