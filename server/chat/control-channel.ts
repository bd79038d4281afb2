/** The control channel of browser clients, beside the Chaton stream (D28). */
import type { ControlMessage } from '../../shared/protocol/control.ts';
import type { IgnoredReason } from '../../shared/protocol/reasons.ts';

/** A session of a browser client, which has a control channel. */
export interface BrowserClient {
  /** Bytes of commands that the session has handled. */
  readonly handledBytes: number;
  /** Bytes that are queued for it and that it has not yet taken. */
  readonly pendingBytes: number;
  /** Writes all commands that are queued for it. */
  flush(): void;
  /** Sends one control message, encoded. */
  sendText(text: string): void;
}

/** Logins in one message at most: ten thousand at once would be more bytes than may be pending for a client. */
const PART = 1_000;
/** Pending bytes below which a client gets the next part of a list. */
const MAX_PENDING = 64 * 1024;

export interface ControlChannelOptions {
  /** Runs a function when the commands of this turn are written. */
  readonly atEndOfTurn: (run: () => void) => void;
  /** Every login there is. */
  readonly online: () => Iterable<string>;
  /** Names this run of the server. */
  readonly server: string;
  /** Charges a network for its share of the presence messages that were sent. */
  readonly chargePresence: (network: string | null, messages: number) => void;
}

/**
 * Sends control messages to browser clients, coalesced once per turn of the event loop: presence to every identified one,
 * in one text that is encoded once; how far its own commands are handled, to the client concerned.
 */
export class ControlChannelHub {
  readonly #atEndOfTurn: (run: () => void) => void;
  readonly #online: () => Iterable<string>;
  readonly #server: string;
  readonly #identified = new Set<BrowserClient>();
  /** Clients identified in this turn: they get the list of logins when it ends. */
  readonly #added = new Set<BrowserClient>();
  /** Clients whose list of logins is not complete, and which login is next; the list is sent as it is by then. */
  readonly #partialLists = new Map<BrowserClient, Iterator<string>>();
  readonly #unacknowledged = new Set<BrowserClient>();
  /** Login → the network that it is charged to. */
  readonly #left = new Map<string, string | null>();
  readonly #joined = new Map<string, string | null>();
  readonly #charge: ControlChannelOptions['chargePresence'];
  #scheduled = false;

  constructor({ atEndOfTurn, online, server, chargePresence: charge }: ControlChannelOptions) {
    this.#atEndOfTurn = atEndOfTurn;
    this.#online = online;
    this.#server = server;
    this.#charge = charge;
  }

  /** Adds an identified client: it gets the list of logins behind its LOGIN_ACCEPTED, and presence from then on. */
  add(client: BrowserClient): void {
    this.#added.add(client);
    this.#schedule();
  }

  remove(client: BrowserClient): void {
    this.#added.delete(client);
    this.#partialLists.delete(client);
    this.#identified.delete(client);
    this.#unacknowledged.delete(client);
  }

  /** Notes that a client, native or browser, took a login. */
  joined(login: string, network: string | null): void {
    this.#joined.set(login, network);
    this.#schedule();
  }

  /** Notes that a login is free again. One that came and went within the turn was never there. */
  left(login: string, network: string | null): void {
    if (!this.#joined.delete(login)) this.#left.set(login, network);
    this.#schedule();
  }

  /** Sends more of the lists: clients may have taken what was pending for them. */
  sendMore(): void {
    if (this.#partialLists.size > 0) this.#schedule();
  }

  /** Tells a client that its command was ignored; returns the text that it was sent. */
  sendIgnored(client: BrowserClient, reason: IgnoredReason): string {
    const text = encode({ type: 'ignored', end: client.handledBytes, reason });
    client.sendText(text);
    return text;
  }

  /** Tells a client that it is throttled; nothing of what it sends is lost. */
  sendThrottled(client: BrowserClient): void {
    client.sendText(encode({ type: 'throttled' }));
  }

  /** Sends an identified client that resumed the present state anew. */
  resync(client: BrowserClient): void {
    this.#identified.delete(client);
    this.#partialLists.delete(client);
    this.add(client);
    this.scheduleAck(client);
  }

  /** Sends an `ack` at the end of the turn: `handledBytes` of this client has grown. */
  scheduleAck(client: BrowserClient): void {
    this.#unacknowledged.add(client);
    this.#schedule();
  }

  /** Sends the last `ack`, before the server ends this client's connection. */
  sendLastAck(client: BrowserClient): void {
    this.#unacknowledged.delete(client);
    client.sendText(encode({ type: 'ack', bytes: client.handledBytes }));
  }

  /** Sends a text of the operator to every identified browser client; returns how many those are. */
  sendNotice(text: string): number {
    const message = encode({ type: 'notice', text });
    const clients = [...this.#identified, ...this.#added];
    for (const client of clients) client.sendText(message);
    return clients.length;
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
    for (const client of this.#unacknowledged) {
      // Commands that it sent since are acknowledged, too, so the answers to them come first.
      client.flush();
      client.sendText(encode({ type: 'ack', bytes: client.handledBytes }));
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
    // The last messages of those who left may still be queued for some.
    if (left.length > 0) for (const client of this.#identified) client.flush();
    for (let at = 0; at < Math.max(left.length, joined.length); at += PART) {
      const part = { left: left.slice(at, at + PART), joined: joined.slice(at, at + PART) };
      const text = encode({ type: 'presence', ...part });
      for (const client of this.#identified) client.sendText(text);
    }
  }

  #sendLists(): void {
    for (const [client, rest] of this.#partialLists)
      if (client.pendingBytes < MAX_PENDING) this.#sendNextPart(client, rest);
    if (this.#added.size === 0) return;
    const { logins, more } = nextPart(this.#iterate());
    const text = encode({ type: 'online', server: this.#server, logins, ...(more && { more }) });
    for (const client of this.#added) {
      this.#identified.add(client);
      if (more) this.#partialLists.set(client, this.#iterate(PART));
      // It may have been identified while others were still being written to.
      client.flush();
      client.sendText(text);
    }
    this.#added.clear();
    this.sendMore();
  }

  #sendNextPart(client: BrowserClient, rest: Iterator<string>): void {
    const { logins, more } = nextPart(rest);
    if (!more) this.#partialLists.delete(client);
    client.sendText(encode({ type: 'also-online', logins, ...(more && { more }) }));
    this.sendMore();
  }

  /** Iterates over the logins online, whoever comes or goes while it runs, but for the first few. */
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
