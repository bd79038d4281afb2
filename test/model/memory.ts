/** Memory of the model beside connections: requests (D15, D16) and guesses (D18). */
import type { Connection } from './connection.ts';

/** Limits that matter to the model, small enough to be reached often; times in ms. */
export const LIMITS = {
  maxRefusals: 4,
  maxIgnored: 8,
  maxRequests: 2,
  maxMisses: 3,
  maxHeldBytes: 48,
  requestLifetime: 300_000,
  idLifetime: 60_000,
  missWindow: 600_000,
  missPenalty: 600_000,
  // The model has neither deadlines, which are checked once a second, nor a limit of ids; both have tests of their own.
  identifyTime: Infinity,
  commandTime: Infinity,
  maxIds: Infinity,
} as const;

interface Request {
  readonly from: Connection;
  readonly to: Connection;
  lapses: number;
}

export class Requests {
  #all: Request[] = [];

  /** Requesters of this client who may still be answered. */
  to(target: Connection, now: number): Connection[] {
    return this.#pending(now)
      .filter(({ to }) => to === target)
      .map(({ from }) => from);
  }

  /** Opens a request, or renews one; false when it would be one too many. */
  open(from: Connection, to: Connection, now: number): boolean {
    const own = this.#pending(now).filter((request) => request.from === from);
    const again = own.find((request) => request.to === to);
    if (again) again.lapses = now + LIMITS.requestLifetime;
    else if (own.length >= LIMITS.maxRequests) return false;
    else this.#all.push({ from, to, lapses: now + LIMITS.requestLifetime });
    return true;
  }

  /** Consumes a request; false when there is none. */
  use(from: Connection, to: Connection, now: number): boolean {
    const used = this.#pending(now).find((request) => request.from === from && request.to === to);
    this.#all = this.#all.filter((request) => request !== used);
    return used !== undefined;
  }

  forget(who: Connection): void {
    this.#all = this.#all.filter(({ from, to }) => from !== who && to !== who);
  }

  #pending(now: number): Request[] {
    return this.#all.filter(({ lapses }) => lapses > now);
  }
}

export class Guesses {
  #misses: Array<{ readonly network: string; readonly at: number }> = [];
  readonly #refusedUntil = new Map<string, number>();

  isRefused(network: string, now: number): boolean {
    return (this.#refusedUntil.get(network) ?? 0) > now;
  }

  /** Counts a miss. With the last of too many the network is refused for a while, and begins anew after that. */
  miss(network: string, now: number): void {
    this.#misses.push({ network, at: now });
    const recent = this.#misses.filter(
      (miss) => miss.network === network && miss.at > now - LIMITS.missWindow,
    );
    if (recent.length < LIMITS.maxMisses) return;
    this.#misses = this.#misses.filter((miss) => miss.network !== network);
    this.#refusedUntil.set(network, now + LIMITS.missPenalty);
  }
}
