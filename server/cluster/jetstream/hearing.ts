/** The hearing of a node that can write: its subscription to what the engine stores may be dead, or not be allowed any more. */
import type { JetStreamConnection } from './connection.ts';
import type { IncomingMessages } from './incoming.ts';

/** Interval of questions, in ms. */
const ASK_EVERY = 500;

export interface HearingOptions {
  /** Milliseconds during which the process ran. */
  readonly now: () => number;
  readonly engine: () => Pick<JetStreamConnection, 'streamState' | 'listen'>;
  readonly incoming: Pick<IncomingMessages, 'applied' | 'expect'>;
  /** Called when the node is found to be deaf. */
  readonly onDeaf: () => void;
}

/**
 * Hearing of a node. One that is deaf gets what it has missed in another way, so that its clients have all that others have heard
 * of them; but it reads nothing more of them until it hears again.
 */
export class Hearing {
  readonly #options: HearingOptions;
  #heardAt: number;
  #askedAt = -Infinity;
  #isDeaf = false;

  constructor(options: HearingOptions) {
    this.#options = options;
    this.#heardAt = options.now();
  }

  /** Time, in ms, for which a node that is deaf has heard nothing; 0 for one that hears. */
  get silence(): number {
    return this.#isDeaf ? this.#options.now() - this.#heardAt : 0;
  }

  /** Takes note that the node has heard something, as the engine stored it. */
  heard(): void {
    this.#heardAt = this.#options.now();
    this.#isDeaf = false;
  }

  /** Asks for what is not heard. To be called some times a second while nothing comes back of what the node writes. */
  async check(): Promise<void> {
    const { now, engine, incoming, onDeaf } = this.#options;
    const askedAt = now();
    if (askedAt - this.#askedAt < ASK_EVERY) return;
    this.#askedAt = askedAt;
    const state = await engine()
      .streamState()
      .catch(() => null);
    if (state === null || state.last <= incoming.applied || this.#heardAt >= askedAt) return;
    if (!this.#isDeaf) onDeaf();
    this.#isDeaf = true;
    engine().listen();
    incoming.expect(state.last);
  }
}
