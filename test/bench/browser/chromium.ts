/** A Chromium that is driven by raw CDP: nothing listens to its network, since that would copy each message (issue 14). */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPinning } from '../machine.ts';
import type { Readable, Writable } from 'node:stream';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-proxy-server',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--remote-debugging-pipe',
  'about:blank',
];

interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: unknown;
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

/** How long, in ms, the browser may take for one answer. */
const PATIENCE = 30_000;

export class Chromium {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #calls = 0;
  #session: string | undefined;

  private constructor(program: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'chaton-bench-chromium-'));
    const command = [program, ...FLAGS, `--user-data-dir=${this.#folder}`];
    // It may use all cores: its processes are many, and that of the generator is busy.
    const pinning = findPinning() ? ['taskset', '-c', `0-${cpus().length - 1}`] : [];
    const [file, ...args] = [...pinning, ...command];
    this.#process = spawn(file!, args, {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let rest = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const answers = (rest + text).split('\0');
      rest = answers.pop()!;
      for (const answer of answers) this.#take(JSON.parse(answer) as Answer);
    });
  }

  /** Starts one that shows the page at `url`. */
  static async open(program: string, url: string): Promise<Chromium> {
    const chromium = new Chromium(program);
    const { targetInfos } = (await chromium.#call('Target.getTargets')) as {
      readonly targetInfos: ReadonlyArray<{ readonly type: string; readonly targetId: string }>;
    };
    const { targetId } = targetInfos.find(({ type }) => type === 'page')!;
    const attached = await chromium.#call('Target.attachToTarget', { targetId, flatten: true });
    chromium.#session = (attached as { readonly sessionId: string }).sessionId;
    await chromium.#call('Page.navigate', { url });
    while ((await chromium.evaluate(`document.readyState === 'complete' && location.href`)) !== url);
    return chromium;
  }

  /** The value of an expression in the page, or what its promise resolves to. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.#call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as Evaluated;
    if (exceptionDetails)
      throw new Error(`in the page: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  async close(): Promise<void> {
    const closed = once(this.#process, 'close');
    if (this.#process.pid !== undefined && this.#process.exitCode === null)
      process.kill(-this.#process.pid, 'SIGKILL');
    await closed;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => reject(new Error(`Chromium does not answer to ${method}`)), PATIENCE);
    this.#waiting.set(id, ({ error, result }) => {
      clearTimeout(timer);
      if (error) reject(new Error(`Chromium: ${error.message}`));
      else resolve(result);
    });
    const call = { id, method, params, ...(this.#session !== undefined && { sessionId: this.#session }) };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify(call)}\0`);
    return promise;
  }

  #take(answer: Answer): void {
    if (answer.id === undefined) return;
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}
