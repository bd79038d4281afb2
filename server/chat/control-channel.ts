/** What pages are told beside the Chaton stream (D28). */
import type { ControlMessage } from '../../shared/protocol/control.ts';
import type { IgnoredReason } from '../../shared/protocol/reasons.ts';

/** A session that has a control channel. */
export interface BrowserClient {
  /** Bytes of commands that the session has dealt with. */
  readonly handledBytes: number;
  /** Bytes that it has not yet taken. */
  readonly pendingBytes: number;
  /** Writes all that was said to it in commands. */
  flush(): void;
  /** Sends one control message, encoded. */
  sendText(text: string): void;
}

/** Logins told in one message at most: ten thousand at once would be more than a page may leave untaken. */
const PART = 1_000;
/** Bytes that a page may have untaken and be told the next part all the same. */
const MAX_PENDING = 64 * 1024;

export interface ControlChannelOptions {
  /** Runs a function when what the turn had to say in commands is said. */
  readonly atEndOfTurn: (run: () => void) => void;
  /** Every login there is. */
  readonly online: () => Iterable<string>;
  /** Names this run of the server. */
  readonly server: string;
  /** Charges a network for its share of the presence messages that were sent. */
  readonly chargePresence: (network: string, messages: number) => void;
}

/**
 * Keeps pages informed, once per turn of the event loop: who is online goes to every identified page in one text that
 * is encoded once; how far its own commands are dealt with, to the page concerned.
 */
export class ControlChannelHub {
  readonly #atEndOfTurn: (run: () => void) => void;
  readonly #online: () => Iterable<string>;
  readonly #server: string;
  readonly #identified = new Set<BrowserClient>();
  /** Identified in this turn: they hear who is there when it ends. */
  readonly #added = new Set<BrowserClient>();
  /** Those who have not heard of everyone yet, and who is next: the list is told as it is by then. */
  readonly #partialLists = new Map<BrowserClient, Iterator<string>>();
  readonly #unacknowledged = new Set<BrowserClient>();
  /** Login → the network that it is charged to. */
  readonly #left = new Map<string, string>();
  readonly #joined = new Map<string, string>();
  readonly #charge: ControlChannelOptions['chargePresence'];
  #scheduled = false;

  constructor({ atEndOfTurn, online, server, chargePresence: charge }: ControlChannelOptions) {
    this.#atEndOfTurn = atEndOfTurn;
    this.#online = online;
    this.#server = server;
    this.#charge = charge;
  }

  /** A page was identified: it hears who is online, behind its LOGIN_ACCEPTED, and from then on who comes and goes. */
  add(page: BrowserClient): void {
    this.#added.add(page);
    this.#schedule();
  }

  remove(page: BrowserClient): void {
    this.#added.delete(page);
    this.#partialLists.delete(page);
    this.#identified.delete(page);
    this.#unacknowledged.delete(page);
  }

  /** A client, page or not, took a login. */
  joined(login: string, network: string): void {
    this.#joined.set(login, network);
    this.#schedule();
  }

  /** A login is free again. One that came and went within the turn was never there. */
  left(login: string, network: string): void {
    if (!this.#joined.delete(login)) this.#left.set(login, network);
    this.#schedule();
  }

  /** Pages may have taken what they had untaken: whoever has not heard of everyone yet is told more. */
  resumeReading(): void {
    if (this.#partialLists.size > 0) this.#schedule();
  }

  /** A command of this page was not carried out. Answers the text it was told. */
  sendIgnored(page: BrowserClient, reason: IgnoredReason): string {
    const text = encode({ type: 'ignored', end: page.handledBytes, reason });
    page.sendText(text);
    return text;
  }

  /** What this page sends is not read for a while, since it sends too much; nothing of it is lost. */
  sendThrottled(page: BrowserClient): void {
    page.sendText(encode({ type: 'throttled' }));
  }

  /** An identified page is back, and hears how things stand now. */
  resync(page: BrowserClient): void {
    this.#identified.delete(page);
    this.#partialLists.delete(page);
    this.add(page);
    this.scheduleAck(page);
  }

  /** This page's `carriedOut` has grown. */
  scheduleAck(page: BrowserClient): void {
    this.#unacknowledged.add(page);
    this.#schedule();
  }

  /** The server is about to end this page's connection: what it has dealt with is said before. */
  sendLastAck(page: BrowserClient): void {
    this.#unacknowledged.delete(page);
    page.sendText(encode({ type: 'ack', bytes: page.handledBytes }));
  }

  /** Shows a text of the operator on every page of an identified client; how many those are. */
  sendNotice(text: string): number {
    const message = encode({ type: 'notice', text });
    const pages = [...this.#identified, ...this.#added];
    for (const page of pages) page.sendText(message);
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
    for (const page of this.#unacknowledged) {
      // What it said since is carried out as well, and its answer is to come before this.
      page.flush();
      page.sendText(encode({ type: 'ack', bytes: page.handledBytes }));
    }
    this.#unacknowledged.clear();
    this.#sendPresence();
    this.#sendLists();
  }

  #sendPresence(): void {
    const [left, joined] = [[...this.#left.keys()], [...this.#joined.keys()]];
    const messages = Math.ceil(Math.max(left.length, joined.length) / PART) * this.#identified.size;
    for (const networks of [this.#left, this.#joined])
      for (const network of networks.values())
        this.#charge(network, messages / (left.length + joined.length));
    this.#left.clear();
    this.#joined.clear();
    if (this.#identified.size === 0) return;
    // The last words of who left may still be under way to some.
    if (left.length > 0) for (const page of this.#identified) page.flush();
    for (let at = 0; at < Math.max(left.length, joined.length); at += PART) {
      const part = { left: left.slice(at, at + PART), joined: joined.slice(at, at + PART) };
      const text = encode({ type: 'presence', ...part });
      for (const page of this.#identified) page.sendText(text);
    }
  }

  #sendLists(): void {
    for (const [page, rest] of this.#partialLists)
      if (page.pendingBytes < MAX_PENDING) this.#sendNextPart(page, rest);
    if (this.#added.size === 0) return;
    const { logins, more } = nextPart(this.#iterate());
    const text = encode({ type: 'online', server: this.#server, logins, ...(more && { more }) });
    for (const page of this.#added) {
      this.#identified.add(page);
      if (more) this.#partialLists.set(page, this.#iterate(PART));
      // It may have come in while others were still being written to.
      page.flush();
      page.sendText(text);
    }
    this.#added.clear();
    this.resumeReading();
  }

  #sendNextPart(page: BrowserClient, rest: Iterator<string>): void {
    const { logins, more } = nextPart(rest);
    if (!more) this.#partialLists.delete(page);
    page.sendText(encode({ type: 'also-online', logins, ...(more && { more }) }));
    this.resumeReading();
  }

  /** Everyone who is online, whoever comes or goes while it runs, but for the first few. */
  #iterate(skipped = 0): Iterator<string> {
    const logins = this.#online()[Symbol.iterator]();
    for (let i = 0; i < skipped; i++) logins.next();
    return logins;
  }
}

/** The next logins, and whether there may be more. */
function nextPart(rest: Iterator<string>): { readonly logins: string[]; readonly more: true | undefined } {
  const logins: string[] = [];
  while (logins.length < PART) {
    const next = rest.next();
    if (next.done) return { logins, more: undefined };
    logins.push(next.value);
  }
  return { logins, more: true };
}

function encode(message: ControlMessage): string {
  return JSON.stringify(message);
}
