/**
 * Does what the command line asks for. What only a gateway that runs needs is not loaded for this: a start that is refused,
 * or only answers, takes a fourth of the time.
 */
import { ConfigError, readConfig, TransientError } from '../config/config.ts';
import { checkFiles } from '../app/files.ts';
import { DONE, FAILED, TRY_AGAIN, WRONG_SETTINGS } from './exit-codes.ts';
import { exitWith } from './exit.ts';
import { errorPrefix } from '../log/journal.ts';
import { LogOutput } from '../log/log-output.ts';
import type { Beginning } from './serve.ts';

/** Write deadline, in ms, of a text that was asked for, or says why there is no start. */
const READING_TIME = 5_000;

/** Values that the first module of the process (start.cjs) hands over. */
interface Start extends Beginning {
  /** Loads what a gateway needs; ends the process when that cannot be read. */
  readonly load: () => Promise<typeof import('./serve.ts')>;
}

/** Does what the command line asks for; exit code 2 when it cannot be done, 75 when it may be later. */
export async function run(beginning: Start): Promise<void> {
  try {
    const invocation = readConfig(process.argv.slice(2), process.env);
    if (invocation.kind === 'print') {
      const doubts = invocation.config === undefined ? [] : await checkFiles(invocation.config);
      await write(2, lines([...invocation.warnings, ...doubts]));
      await say(1, `${invocation.text}\n`, DONE);
    } else {
      const { serve } = await beginning.load();
      await serve(invocation, beginning);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const code = error instanceof TransientError ? TRY_AGAIN : WRONG_SETTINGS;
    await say(2, lines(error.problems), code);
  }
}

/** The text of these problems for the standard error. */
function lines(problems: readonly string[]): string {
  return problems.map((problem) => `${errorPrefix(2)}chaton: ${problem}\n`).join('');
}

/** Says a text and ends. */
async function say(fd: 1 | 2, text: string, code: number): Promise<void> {
  const output = await write(fd, text);
  // An empty file, where the disk is full, must not pass for the answer; whoever has stopped reading has enough of it.
  if (fd === 1 && output.dropped > 0 && output.hasReader)
    await say(2, lines(['the standard output could not be written to']), FAILED);
  await exitWith(code, output);
}

/** Writes a text, and waits until it is read, for a while. */
async function write(fd: 1 | 2, text: string): Promise<LogOutput> {
  const output = new LogOutput(fd);
  output.write(text);
  await output.flush(READING_TIME);
  return output;
}
