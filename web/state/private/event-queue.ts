/** Queues what happens to private connections until their code, a lazy part, is loaded. */
import type { ConnectionEvent } from '../../net/connection.ts';
import type { PrivateLink } from './actions.ts';
import type { Timed } from '../reduce.ts';

type Happening = Timed<ConnectionEvent>;

/** Most that waits: whoever floods the page with requests before it has loaded all of itself gains nothing by it. */
export const MAX_WAITING = 1_000;

/** Events that end what waits, or may. */
const ENDS: readonly Happening['type'][] = ['lost', 'banned', 'control'];

export class PrivateEventQueue {
  readonly #load: () => void;
  #link: PrivateLink | null = null;
  #waiting: Happening[] = [];

  /** @param load asks for the code; called when something waits for it */
  constructor(load: () => void) {
    this.#load = load;
  }

  /** Handles what came over the main connection, or queues it. */
  onEvent(event: Happening): void {
    if (this.#link) return this.#link.onEvent(event);
    const ends = ENDS.includes(event.type) && this.#waiting.length > 0;
    if (!(ends || isOfPrivates(event)) || this.#waiting.length === MAX_WAITING) return;
    this.#waiting.push(event);
    this.#load();
  }

  /** The code is loaded: handles what is queued, in order. */
  attach(link: PrivateLink): void {
    this.#link = link;
    for (const event of this.#waiting) link.onEvent(event);
    this.#waiting = [];
  }

  /** Closes all private connections, and forgets what is queued. */
  closeAll(): void {
    this.#waiting = [];
    this.#link?.closeAll();
  }
}

/**
 * Every command of a negotiation has a `login_requester`, and no other has (§3). Nobody here can have asked for anything
 * before the code is there: only what others ask matters, and its end, which those who leave bring about as well.
 */
function isOfPrivates(event: Happening): boolean {
  return event.type === 'received' && 'login_requester' in event.command;
}
