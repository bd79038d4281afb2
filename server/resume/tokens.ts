/** Resume tokens: 256 bits of chance, of which the server keeps no more than a hash. */
import { hash, randomFillSync } from 'node:crypto';
import type { ResumeFailure } from '../../shared/protocol/reasons.ts';

/** Bytes of a token. */
const TOKEN_BYTES = 32;

/** Random bytes for the next tokens: to ask for them costs as much for a hundred as for one. */
const pool = Buffer.alloc(128 * TOKEN_BYTES);
let taken = pool.length;

/** Draws a token, in base64url. Its bytes are not kept. */
function drawToken(): string {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  const bytes = pool.subarray(taken, (taken += TOKEN_BYTES));
  const token = bytes.toString('base64url');
  bytes.fill(0);
  return token;
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

  /** Draws a token for a holder: the text is for the client alone. */
  issue(holder: Holder): { readonly token: string; readonly digest: TokenDigest } {
    const token = drawToken();
    const digest = digestOf(token);
    this.#valid.set(digest, holder);
    return { token, digest };
  }

  /** Withdraws a token; a reason is remembered for a client that shows it later. */
  withdraw(digest: TokenDigest, reason: ResumeFailure | null): void {
    this.#valid.delete(digest);
    if (reason === null) return;
    this.#withdrawn.set(digest, reason);
    for (const oldest of this.#withdrawn.keys()) {
      if (this.#withdrawn.size <= this.#maxWithdrawn) break;
      this.#withdrawn.delete(oldest);
    }
  }

  /** Finds the holder of a token; null when it is nobody's. */
  holderOf(digest: TokenDigest): Holder | null {
    return this.#valid.get(digest) ?? null;
  }

  /** Reason why a token is nobody's. */
  failureOf(digest: TokenDigest): ResumeFailure {
    return this.#withdrawn.get(digest) ?? 'unknown';
  }
}

export function digestOf(token: string): TokenDigest {
  return hash('sha256', token, 'base64');
}
