/** The list of who is online (D28). */
import { encodeControl } from '../../../shared/protocol/control.ts';

/** Logins in one message at most: ten thousand at once would be more bytes than may be pending for a client. */
export const PART = 1_000;

/** Everyone who is online at one time, encoded part by part, once for all who get it. */
export class OnlineList {
  readonly #server: string;
  readonly #logins: readonly string[];
  /** Encoded parts, and the first of them as the first message of a list. */
  readonly #parts: string[] = [];
  #online: string | null = null;

  constructor(server: string, logins: Iterable<string>) {
    this.#server = server;
    this.#logins = [...logins];
  }

  isLast(part: number): boolean {
    return (part + 1) * PART >= this.#logins.length;
  }

  /** @param isFirst whether the client has got no `online`; only the first part can be that */
  text(part: number, isFirst: boolean): string {
    const logins = (): string[] => this.#logins.slice(part * PART, (part + 1) * PART);
    const more = this.isLast(part) ? {} : { more: true as const };
    return isFirst
      ? (this.#online ??= encodeControl({ type: 'online', server: this.#server, logins: logins(), ...more }))
      : (this.#parts[part] ??= encodeControl({ type: 'also-online', logins: logins(), ...more }));
  }
}
