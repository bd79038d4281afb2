/** What pages are told beside the Chaton stream (D28). */
import type { ControlMessage, IgnoredReason } from '../../shared/control.ts';

/** A session that has a control channel. */
export interface Page {
  /** Bytes of commands that the session has dealt with. */
  readonly carriedOut: number;
  /** Sends one control message, encoded. */
  tell(text: string): void;
}

/**
 * Keeps pages informed, once per turn of the event loop: who is online goes to every identified page in one text that
 * is encoded once; how far its own commands are dealt with, to the page concerned.
 */
export class Pages {
  readonly #atEndOfTurn: (run: () => void) => void;
  readonly #online: () => Iterable<string>;
  readonly #server: string;
  readonly #identified = new Set<Page>();
  /** Identified in this turn: they hear who is there when it ends. */
  readonly #entering = new Set<Page>();
  readonly #unacknowledged = new Set<Page>();
  readonly #left = new Set<string>();
  readonly #joined = new Set<string>();
  #scheduled = false;

  /**
   * @param atEndOfTurn runs a function when what the turn had to say in commands is said
   * @param online every login there is
   * @param server names this run of the server
   */
  constructor(atEndOfTurn: (run: () => void) => void, online: () => Iterable<string>, server: string) {
    this.#atEndOfTurn = atEndOfTurn;
    this.#online = online;
    this.#server = server;
  }

  /** A page was identified: it hears who is online, behind its LOGIN_ACCEPTED, and from then on who comes and goes. */
  enter(page: Page): void {
    this.#entering.add(page);
    this.#schedule();
  }

  leave(page: Page): void {
    this.#entering.delete(page);
    this.#identified.delete(page);
    this.#unacknowledged.delete(page);
  }

  /** A client, page or not, took a login. */
  joined(login: string): void {
    this.#joined.add(login);
    this.#schedule();
  }

  /** A login is free again. One that came and went within the turn was never there. */
  left(login: string): void {
    if (!this.#joined.delete(login)) this.#left.add(login);
    this.#schedule();
  }

  /** A command of this page was not carried out. Answers the text it was told. */
  ignored(page: Page, reason: IgnoredReason): string {
    const text = encode({ type: 'ignored', end: page.carriedOut, reason });
    page.tell(text);
    return text;
  }

  /** An identified page is back, and hears how things stand now. */
  resync(page: Page): void {
    this.#identified.delete(page);
    this.enter(page);
    this.acknowledge(page);
  }

  /** This page's `carriedOut` has grown. */
  acknowledge(page: Page): void {
    this.#unacknowledged.add(page);
    this.#schedule();
  }

  /** The server is about to end this page's connection: what it has dealt with is said before. */
  sayLastAck(page: Page): void {
    this.#unacknowledged.delete(page);
    page.tell(encode({ type: 'ack', bytes: page.carriedOut }));
  }

  /** Shows a text of the operator on every page of an identified client; how many those are. */
  notice(text: string): number {
    const message = encode({ type: 'notice', text });
    const pages = [...this.#identified, ...this.#entering];
    for (const page of pages) page.tell(message);
    return pages.length;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#atEndOfTurn(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    for (const page of this.#unacknowledged) page.tell(encode({ type: 'ack', bytes: page.carriedOut }));
    this.#unacknowledged.clear();
    this.#tellChanges();
    this.#welcome();
  }

  #tellChanges(): void {
    if (this.#left.size + this.#joined.size === 0) return;
    const change: ControlMessage = { type: 'presence', left: [...this.#left], joined: [...this.#joined] };
    this.#left.clear();
    this.#joined.clear();
    if (this.#identified.size === 0) return;
    const text = encode(change);
    for (const page of this.#identified) page.tell(text);
  }

  #welcome(): void {
    if (this.#entering.size === 0) return;
    const text = encode({ type: 'online', server: this.#server, logins: [...this.#online()] });
    const entering = [...this.#entering];
    this.#entering.clear();
    for (const page of entering) {
      this.#identified.add(page);
      page.tell(text);
    }
  }
}

function encode(message: ControlMessage): string {
  return JSON.stringify(message);
}
