/** Handle on the process of the attackers (attackers.ts). */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order } from './attackers.ts';
import type { Outcome } from './field.ts';

const file = fileURLToPath(new URL('attackers.ts', import.meta.url));

export class Attackers {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts the process; resolves when the attackers are ready. None attacks yet. */
  static async hire(order: Order): Promise<Attackers> {
    const child = fork(file, [JSON.stringify(order)]);
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const failed = once(child, 'exit').then(() => Promise.reject(new Error('the attackers ended')));
    await Promise.race([once(child, 'message'), failed]);
    failed.catch(() => {});
    return new Attackers(child);
  }

  attack(): Promise<Outcome> {
    return this.#ask('attack');
  }

  /** Asks for the figures of the attack so far. */
  outcome(): Promise<Outcome> {
    return this.#ask('report');
  }

  /** Ends the process, and all connections of the attackers with it. */
  async dismiss(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #ask(word: string): Promise<Outcome> {
    const answer = once(this.#child, 'message');
    this.#child.send(word);
    return ((await answer) as [Outcome])[0];
  }
}
