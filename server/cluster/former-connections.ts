/** Pages that have come to this node and leave what they had at another one: they are held until their login is free. */
import type { LocalSender } from '../chat/context.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Submissions } from './submissions.ts';

/** Session of a page, until its former connection is over. */
interface Arriving {
  readonly session: LocalSender;
  readonly cancel: () => void;
  /** Incarnations of nodes that have not answered; null until the question has its place in the log. */
  unanswered: Set<string> | null;
}

export class FormerConnections {
  readonly #submissions: Submissions;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #arriving = new Map<number, Arriving>();

  constructor(submissions: Submissions, clock: Pick<Clock, 'after'>) {
    this.#submissions = submissions;
    this.#clock = clock;
  }

  /**
   * Holds the session of a page until its former connection is over, or no node has it.
   * @param patience the longest wait, in ms
   */
  wait(session: LocalSender, patience: number): void {
    const cancel = this.#clock.after(patience, () => this.freed(session.id));
    this.#arriving.set(session.id, { session, cancel, unanswered: null });
    this.#submissions.holdSession(session);
    this.#submissions.add(session);
  }

  /** Takes note of the nodes that have to answer: those that live where the question is in the log. */
  asked(id: number, incarnations: Iterable<string>): void {
    const arriving = this.#arriving.get(id);
    if (!arriving) return;
    arriving.unanswered = new Set(incarnations);
    this.#letGoIfAnswered(arriving);
  }

  /** Takes note that a node does not have the former connection of a session. */
  notAt(incarnation: string, id: number): void {
    const arriving = this.#arriving.get(id);
    if (arriving?.unanswered?.delete(incarnation)) this.#letGoIfAnswered(arriving);
  }

  /** Takes note that a node is gone, with all connections to it. */
  nodeGone(incarnation: string): void {
    for (const id of [...this.#arriving.keys()]) this.notAt(incarnation, id);
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

  #letGoIfAnswered({ session, unanswered }: Arriving): void {
    if (unanswered?.size === 0) this.freed(session.id);
  }
}
