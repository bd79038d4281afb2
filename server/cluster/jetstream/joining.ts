/** The joining of a node: it gets the state from one that lives, or founds the room when nobody does. */
import { decodeBatch, type BatchKind } from './envelope.ts';

/** Probes of its own that a node has to see in the log, and nobody's records, before it founds a room. */
const PROBES = 6;
/** Requests for the state that were answered by nobody, before it does. */
const REQUESTS = 3;
/** Interval of probes, in ms; a node that lives writes as often. */
const PROBE_EVERY = 500;
/** Requests that follow each other quickly, and their interval in ms, once another node has founded the room. */
const QUICK_REQUESTS = 20;
const QUICK = 50;
/** Probes of its own, 20 s of them, that may be missing in the log before the attempt to join has failed. */
const UNSEEN_PROBES = 40;

export interface JoiningOptions {
  readonly incarnation: string;
  /** Asks for a snapshot; null when nobody answers. */
  readonly request: () => Promise<Uint8Array | null>;
  /** Reads the stream's state. */
  readonly streamState: () => Promise<{ readonly messages: number; readonly last: number }>;
  /** Writes an empty batch of this kind, which says which position was seen. */
  readonly publish: (kind: BatchKind, seen: number) => void;
}

/** Outcome: the state from which to apply, or the position at which this node founded the room. */
export type Joined =
  | { readonly snapshot: Uint8Array }
  | { readonly founded: number; readonly message: Uint8Array };

/**
 * Joining of one incarnation. A room is founded by a batch that says which position it has seen; it holds when nothing
 * was stored in between (compare-and-set), so that of two nodes that start together only one founds it. Whoever is a
 * member and finds that another has founded the room has been away for too long.
 */
export class Joining {
  readonly #options: JoiningOptions;
  #probes = 0;
  #unanswered = 0;
  #unseen = 0;
  #quick = 0;
  #lastPosition = 0;
  #founded: Joined | null = null;
  #wake: () => void = () => {};
  #isClosed = false;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the outcome; null when it was closed before. Rejects when nothing that it writes is stored: its stream may
   * be gone, which the next attempt provides.
   */
  async join(): Promise<Joined | null> {
    // Its operator may have purged the stream a moment ago: who lives answers all the same.
    const atOnce = await this.#request();
    if (atOnce !== null) return { snapshot: atOnce };
    if (await this.#isEmpty()) await this.#wait(PROBE_EVERY);
    const probing = setInterval(() => this.#probe(), PROBE_EVERY);
    try {
      while (!this.#isClosed) {
        if (this.#founded !== null) return this.#founded;
        const snapshot = await this.#request();
        if (snapshot !== null) return { snapshot };
        if (this.#unseen >= UNSEEN_PROBES)
          throw new Error(
            'the engine stores nothing of what is written to it: its servers may have to be restarted, or its stream deleted',
          );
        this.#unanswered++;
        // A request that nobody can answer comes back at once.
        await this.#wait(this.#quick-- > 0 ? QUICK : PROBE_EVERY);
      }
      return null;
    } finally {
      clearInterval(probing);
    }
  }

  /** Takes what comes through the log meanwhile. */
  onMessage(position: number, message: Uint8Array): void {
    const batch = decodeBatch(message);
    this.#lastPosition = position;
    if (batch === null) return;
    const isOwn = batch.incarnation === this.#options.incarnation;
    if (isOwn) this.#unseen = 0;
    if (batch.kind === 'records') this.#probes = 0;
    if (batch.kind === 'probe' && isOwn) this.#probes++;
    if (!holds(batch, position)) return;
    // Somebody else's: that node has the state now.
    this.#founded = isOwn ? { founded: position, message } : null;
    if (!isOwn) this.#quick = QUICK_REQUESTS;
    this.#probes = 0;
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #probe(): void {
    this.#unseen++;
    const publish = (kind: BatchKind) => this.#options.publish(kind, this.#lastPosition);
    if (!this.#isAlone) return publish('probe');
    const found = () => {
      // Another one may have founded it meanwhile, or has given its state.
      if (this.#isAlone && !this.#isClosed) publish('founding');
    };
    // Of two that found together neither might, as long as they keep step.
    setTimeout(found, Math.random() * PROBE_EVERY);
  }

  get #isAlone(): boolean {
    return this.#unanswered >= REQUESTS && this.#probes >= PROBES;
  }

  #request(): Promise<Uint8Array | null> {
    return this.#options.request().catch(() => null);
  }

  /** Founds the room at once in a stream that holds nothing: whoever lives has written lately. True when it is one. */
  async #isEmpty(): Promise<boolean> {
    const state = await this.#options.streamState().catch(() => null);
    if (state?.messages !== 0) return false;
    this.#options.publish('founding', state.last);
    return true;
  }

  /** Waits, or until the room is founded. */
  #wait(ms: number): Promise<void> {
    if (this.#founded !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Tells whether a batch founds the room: nothing was stored since its writer looked. */
export function holds(
  { kind, seen }: { readonly kind: BatchKind; readonly seen: number },
  position: number,
): boolean {
  return kind === 'founding' && seen === position - 1;
}
