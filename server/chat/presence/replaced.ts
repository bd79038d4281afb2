/** Logins that others have taken: what a page may have missed while it was away, which its next list does not tell it (D28). */
import { loginKey } from '../../../shared/protocol/login.ts';

/** Most logins that are remembered: in one message there is room for as many. */
const MOST = 1_000;

export class ReplacedLogins {
  /** Those who left, the latest last, by the form in which logins are compared (D8). */
  readonly #left = new Map<string, { login: string; readonly at: number; isTaken: boolean }>();

  /** @param at time in ms */
  left(login: string, at: number): void {
    const key = loginKey(login);
    this.#left.delete(key);
    this.#left.set(key, { login, at, isTaken: false });
    if (this.#left.size > MOST) this.#left.delete(this.#left.keys().next().value!);
  }

  joined(login: string): void {
    const before = this.#left.get(loginKey(login));
    if (before) before.isTaken = true;
  }

  /** Names those who are here, and have left since a time, in ms, at which others may have had their logins. */
  since(time: number): readonly string[] {
    return [...this.#left.values()].flatMap(({ login, at, isTaken }) =>
      isTaken && at > time ? [login] : [],
    );
  }
}
