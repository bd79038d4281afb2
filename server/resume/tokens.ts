/** Resume tokens: 256 bits of chance, of which the server keeps no more than a hash. */
import { hash, randomFillSync, timingSafeEqual } from 'node:crypto';
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

/** A token as the server keeps it: its hash. */
export class ResumeToken {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digestOf(token);
  }

  /** Identifies it among others. */
  get key(): string {
    return keyOf(this.#digest);
  }

  /** Compares in constant time. */
  matches(token: string): boolean {
    return timingSafeEqual(this.#digest, digestOf(token));
  }
}

/** The tokens that were issued, and why some are not valid any more. */
export class ResumeTokens<Holder> {
  readonly #valid = new Map<string, { readonly token: ResumeToken; readonly holder: Holder }>();
  /** Latest tokens that were withdrawn for a reason. */
  readonly #withdrawn = new Map<string, ResumeFailure>();
  readonly #maxWithdrawn: number;

  /** @param maxWithdrawn withdrawn tokens whose reason is remembered */
  constructor(maxWithdrawn: number) {
    this.#maxWithdrawn = maxWithdrawn;
  }

  get size(): number {
    return this.#valid.size;
  }

  issue(holder: Holder): { readonly secret: string; readonly token: ResumeToken } {
    const secret = drawSecret();
    const token = new ResumeToken(secret);
    this.#valid.set(token.key, { token, holder });
    return { secret, token };
  }

  /** Withdraws a token; a reason is remembered for a client that shows it later. */
  withdraw(token: ResumeToken, reason: ResumeFailure | null): void {
    this.#valid.delete(token.key);
    if (reason === null) return;
    this.#withdrawn.set(token.key, reason);
    for (const oldest of this.#withdrawn.keys()) {
      if (this.#withdrawn.size <= this.#maxWithdrawn) break;
      this.#withdrawn.delete(oldest);
    }
  }

  /** Finds the holder of the token with this SHA-256; null when it is nobody's. */
  holderOf(digest: Uint8Array): Holder | null {
    return this.#valid.get(Buffer.from(digest).toString('base64'))?.holder ?? null;
  }

  /** Finds the holder of a token, or the reason why it is nobody's. */
  find(token: string): { readonly holder: Holder } | ResumeFailure {
    const key = keyOf(digestOf(token));
    const found = this.#valid.get(key);
    if (found?.token.matches(token)) return found;
    return this.#withdrawn.get(key) ?? 'unknown';
  }
}

/** SHA-256 of a token. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function keyOf(digest: Buffer): string {
  return digest.toString('base64');
}
