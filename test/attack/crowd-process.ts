/** Handle on the process of a crowd (crowd.ts). */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Guests } from './guests.ts';

const file = fileURLToPath(new URL('crowd.ts', import.meta.url));

export class Crowd {
  /** Number of guests that were cut off. */
  lost = 0;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (lost) => (this.lost = lost as number));
  }

  /** Starts the process; resolves when all of its guests are in the room. */
  static async gather(guests: Guests): Promise<Crowd> {
    const child = fork(file, [JSON.stringify(guests)]);
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const failed = once(child, 'exit').then(() => Promise.reject(new Error('the crowd ended')));
    await Promise.race([once(child, 'message'), failed]);
    failed.catch(() => {});
    return new Crowd(child);
  }

  /** Ends the process, and all connections with it. */
  leave(): void {
    this.#child.kill('SIGKILL');
  }
}
