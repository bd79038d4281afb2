/** Runs the gateway in a process of its own, started as a person or a container would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const READY =
  /^ready: page on (http:\/\/\S+), native clients on (\S+):(\d+)(?:, with 8-byte LONGs on \S+:(\d+))?(?:, administration on (\S+))?$/;

const top = fileURLToPath(new URL('../..', import.meta.url));

/** End of a process, and all its output. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class GatewayProcess {
  /** Resolves when the process has ended and all its output is read. */
  readonly exit: Promise<Exit>;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ready: Promise<string>;

  /** Starts it with these flags, without the gateway's settings in the environment of the tests. */
  constructor(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHATON_'));
    const child = spawn(process.execPath, ['--disable-sigusr1', 'server/start.cjs', ...flags], {
      cwd: top,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.exit = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
    }));
    const lines = createInterface({ input: child.stdout });
    this.#ready = new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const said = /"msg":"(ready: [^"]*)"/.exec(line);
        if (said) resolve(said[1]!);
      });
      void this.exit.then(({ code }) => reject(new Error(`ended with ${code}: ${stderr}`)));
    });
    // Only a test that awaits `ready` cares that it never came.
    this.#ready.catch(() => {});
  }

  /** Addresses in the line that ends the start; `long64Port` when there is that listener. */
  async ready(): Promise<{
    readonly page: string;
    readonly host: string;
    readonly port: number;
    readonly long64Port?: number;
    /** Address of the operator's listener, when there is one. */
    readonly admin?: string;
  }> {
    const said = await this.#ready;
    const match = READY.exec(said);
    if (!match) throw new Error(`not the line that was expected: ${said}`);
    const [, page = '', host = '', port, long64Port, admin] = match;
    return {
      page,
      host,
      port: Number(port),
      ...(long64Port && { long64Port: Number(long64Port) }),
      ...(admin && { admin }),
    };
  }

  /** Resolves when it has logged a line with this text. To be called before that can happen. */
  says(text: string): Promise<void> {
    return new Promise((resolve) => {
      const lines = createInterface({ input: this.#child.stdout! });
      lines.on('line', (line) => line.includes(text) && resolve());
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
