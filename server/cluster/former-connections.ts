/** Pages that have come to this node and leave what they had at another one: they are held until their login is free. */
import type { LocalSender } from '../chat/context.ts';
import type { Submissions } from './submissions.ts';

export class FormerConnections {
  readonly #submissions: Submissions;
  /** Sessions that wait until their former connection is over, and how the wait is cancelled. */
  readonly #arriving = new Map<number, { readonly session: LocalSender; readonly cancel: () => void }>();

  constructor(submissions: Submissions) {
    this.#submissions = submissions;
  }

  /**
   * Holds the session of a page until its former connection is over.
   * @param schedule runs a function when that has taken too long, unless the function that it returns is called before
   */
  wait(session: LocalSender, schedule: (giveUp: () => void) => () => void): void {
    const cancel = schedule(() => this.freed(session.id));
    this.#arriving.set(session.id, { session, cancel });
    this.#submissions.keep(session);
    this.#submissions.add(session);
  }

  /** Lets a session go on: its login is free, or has been waited for long enough. */
  freed(id: number): void {
    const arriving = this.#arriving.get(id);
    if (!arriving) return;
    this.#arriving.delete(id);
    arriving.cancel();
    this.#submissions.letGo(arriving.session);
  }

  clear(): void {
    for (const { cancel } of this.#arriving.values()) cancel();
    this.#arriving.clear();
  }
}
