/** Resume tokens: 256 bits of chance, of which the server keeps no more than a hash. */
import { hash, randomFillSync } from 'node:crypto';
import type { ResumeFailure } from '../../shared/protocol/reasons.ts';

/** Bytes of a token. */
const TOKEN_BYTES = 32;

/** Random bytes for the next tokens: to ask for them costs as much for a hundred as for one. */
const pool = Buffer.alloc(128 * TOKEN_BYTES);
let taken = pool.length;

/** Draws a token. Its bytes are not kept. */
function drawSecret(): string {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  const bytes = pool.subarray(taken, (taken += TOKEN_BYTES));
  const secret = bytes.toString('base64url');
  bytes.fill(0);
  return secret;
}

/**
 * A token as the server keeps it: its SHA-256, in base64. How long a search for one takes tells nobody anything, since no one
 * can choose what a guess is hashed to.
 */
export type TokenDigest = string;

/** The tokens that were issued, and why some are not valid any more. */
export class ResumeTokens<Holder> {
  readonly #valid = new Map<TokenDigest, Holder>();
  /** Latest tokens that were withdrawn for a reason. */
  readonly #withdrawn = new Map<TokenDigest, ResumeFailure>();
  readonly #maxWithdrawn: number;

  /** @param maxWithdrawn withdrawn tokens whose reason is remembered */
  constructor(maxWithdrawn: number) {
    this.#maxWithdrawn = maxWithdrawn;
  }

  get size(): number {
    return this.#valid.size;
  }

  issue(holder: Holder): { readonly secret: string; readonly token: TokenDigest } {
    const secret = drawSecret();
    const token = digestOf(secret);
    this.#valid.set(token, holder);
    return { secret, token };
  }

  /** Withdraws a token; a reason is remembered for a client that shows it later. */
  withdraw(token: TokenDigest, reason: ResumeFailure | null): void {
    this.#valid.delete(token);
    if (reason === null) return;
    this.#withdrawn.set(token, reason);
    for (const oldest of this.#withdrawn.keys()) {
      if (this.#withdrawn.size <= this.#maxWithdrawn) break;
      this.#withdrawn.delete(oldest);
    }
  }

  /** Finds the holder of a token; null when it is nobody's. */
  holderOf(token: TokenDigest): Holder | null {
    return this.#valid.get(token) ?? null;
  }

  /** Reason why a token is nobody's. */
  failureOf(token: TokenDigest): ResumeFailure {
    return this.#withdrawn.get(token) ?? 'unknown';
  }
}

export function digestOf(secret: string): TokenDigest {
  return hash('sha256', secret, 'base64');
}
