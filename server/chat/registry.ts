/** Who holds which login, across all transports. */
import { byteLength } from '../../shared/frame.ts';
import { MAX_LOGIN_BYTES } from '../../shared/protocol.ts';

// D7: control (Cc), format (Cf: the bidirectional and most zero-width characters are there), line and paragraph
// separators, and what else is drawn with no width, such as fillers and variation selectors. Any of them would let
// two different logins look the same.
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const EDGE_SPACE = /^\p{White_Space}|\p{White_Space}$/u;

/** Whether a login may be taken at all: 1–30 bytes, nothing invisible, no white space at either end (D7). */
export function isValidLogin(login: string): boolean {
  const size = byteLength(login);
  return size >= 1 && size <= MAX_LOGIN_BYTES && !FORBIDDEN.test(login) && !EDGE_SPACE.test(login);
}

/** Login → holder. Two logins are the same when their NFC forms are (D8). */
export class Registry<Holder> {
  /** NFC form → the login as proposed, and its holder. */
  readonly #holders = new Map<string, { readonly login: string; readonly holder: Holder }>();

  get size(): number {
    return this.#holders.size;
  }

  /** Takes a login that is valid and free; false, and nothing changed, otherwise. One synchronous step (D9). */
  take(login: string, holder: Holder): boolean {
    const key = login.normalize('NFC');
    if (this.#holders.has(key) || !isValidLogin(login)) return false;
    this.#holders.set(key, { login, holder });
    return true;
  }

  /** Frees a login, if it is this holder who has it. */
  release(login: string, holder: Holder): void {
    const key = login.normalize('NFC');
    if (this.#holders.get(key)?.holder === holder) this.#holders.delete(key);
  }

  /** Every login, as it was proposed. */
  *logins(): Iterable<string> {
    for (const { login } of this.#holders.values()) yield login;
  }

  find(login: string): Holder | undefined {
    return this.#holders.get(login.normalize('NFC'))?.holder;
  }
}
