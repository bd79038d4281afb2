/** The registry of logins: who holds which, across all transports. */
import { loginKey } from '../../shared/protocol/login.ts';

/** Login → holder. Two logins are the same when their NFC forms are (D8). */
export class LoginRegistry<Holder> {
  /** NFC form → the login as proposed, and its holder. */
  readonly #holders = new Map<string, { readonly login: string; readonly holder: Holder }>();

  get size(): number {
    return this.#holders.size;
  }

  /**
   * Takes a login, which is valid (D7), if it is free; false, and nothing changed, otherwise. One synchronous step (D9).
   */
  take(login: string, holder: Holder, key = loginKey(login)): boolean {
    if (this.#holders.has(key)) return false;
    this.#holders.set(key, { login, holder });
    return true;
  }

  /** Frees a login, if it is this holder who has it. */
  release(login: string, holder: Holder, key = loginKey(login)): void {
    if (this.#holders.get(key)?.holder === holder) this.#holders.delete(key);
  }

  /** Every login, as it was proposed. */
  *logins(): Iterable<string> {
    for (const { login } of this.#holders.values()) yield login;
  }

  find(login: string, key = loginKey(login)): Holder | undefined {
    return this.#holders.get(key)?.holder;
  }
}
