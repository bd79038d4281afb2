/** Resume tokens: 256 bits of chance, of which the server keeps no more than a hash. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ResumeFailure } from '../../shared/protocol/reasons.ts';

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

/** The tokens that were granted, and why some are not valid any more. */
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

  grant(holder: Holder): { readonly secret: string; readonly token: ResumeToken } {
    const secret = randomBytes(32).toString('base64url');
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
