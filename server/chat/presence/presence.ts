/** Presence (D28): tells browser clients who is online, who left and who joined. */
import type { Clock } from '../environment/clock.ts';
import type { BatchTexts, TextListener, TextSource } from '../delivery/batch-texts.ts';
import { TokenBucket } from '../limits/token-bucket.ts';
import { encode, PresenceChanges } from './changes.ts';
import { OnlineLists, type ListReader } from './online-lists.ts';

/**
 * Presence messages, over all clients, that are sent a second, and that may be sent at once after some quiet: a twentieth
 * of a core. In a small or a quiet room everything is told at once; ten thousand pages are told of each other every two seconds.
 */
const RATE = 5_000;
const BURST = 1_024;

/** A client that is told of presence. */
export interface PresenceClient extends ListReader {
  readonly login: string | null;
  /** Writes all commands that are queued for it. */
  flush(): void;
  /** Says whether it is told, from now on, what goes with the batches. */
  listen(isListening: boolean): void;
}

export interface PresenceOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Makes sure that a batch is delivered, be it empty, and that `afterBatch` is called then. */
  readonly schedule: () => void;
  /** Every login there is. */
  readonly online: () => Iterable<string>;
  /** Names this run of the server. */
  readonly server: string;
  /** Charges a network for its share of the presence messages that were sent. */
  readonly charge: (network: string, messages: number) => void;
}

/**
 * Coalesces comings and goings, and tells them with a batch of commands, so that everyone hears them in their place: one
 * text, encoded and framed once. The more clients are to be told, the longer until the next time. Clients that came since the
 * last time get the list of everyone then, once, and no single changes before.
 */
export class Presence implements TextSource {
  readonly #options: PresenceOptions;
  readonly #changes = new PresenceChanges();
  readonly #lists: OnlineLists<PresenceClient>;
  /** Clients that have their list, and are told of every change. */
  readonly #listening = new Set<TextListener>();
  /** Clients that wait for the next telling to get their list, and whether they have got an `online`. */
  readonly #waiting = new Map<PresenceClient, boolean>();
  /** Those of them that are new: one that has to wait for its list is told at once that it is online itself. */
  readonly #new = new Set<PresenceClient>();
  readonly #sent: TokenBucket;
  #isTimed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#sent = new TokenBucket(options.clock.now());
    this.#lists = new OnlineLists({
      online: options.online,
      server: options.server,
      onComplete: (client) => this.#listen(client),
      onBehind: (client) => this.resync(client),
    });
  }

  /** Adds a client that is identified: it gets the list of logins behind its LOGIN_ACCEPTED, and changes from then on. */
  add(client: PresenceClient): void {
    this.#waiting.set(client, false);
    this.#new.add(client);
    this.#options.schedule();
  }

  /** Has a client get the list anew, and no changes before that. */
  resync(client: PresenceClient): void {
    this.remove(client);
    this.#waiting.set(client, false);
    this.#options.schedule();
  }

  remove(client: PresenceClient): void {
    this.#waiting.delete(client);
    this.#new.delete(client);
    this.#lists.delete(client);
    this.#changes.forget(client);
    if (this.#listening.delete(client)) client.listen(false);
  }

  /** Notes that a client, native or browser, took a login. */
  joined(login: string, network: string): void {
    this.#changes.joined(login, network);
    this.#noteChange();
  }

  /** Notes that a login is free again. */
  left(login: string, network: string): void {
    this.#changes.left(login, network);
    this.#noteChange();
  }

  /** Notes that a login is about to be heard by all: who does not know of it is told before. */
  speaks(login: string): void {
    if (this.#changes.size > 0) this.#changes.speaks(login);
  }

  /** Notes that a login is about to be heard by one client, which is told of it before, unless it knows. */
  introduce(login: string, client: PresenceClient): void {
    if (this.#changes.size === 0 || !this.#listening.has(client)) return;
    // What goes with the batch that is being delivered comes first.
    client.catchUp();
    if (!this.#listening.has(client)) return;
    const network = this.#changes.introduce(login, client);
    if (network !== null) this.#options.charge(network, 1);
  }

  beforeGathered(listener: TextListener): void {
    if (this.#changes.hasSpeakers) this.#changes.introduceSpeakers(listener);
  }

  nextTexts(): BatchTexts | null {
    const isDue = this.#isWanted && this.#delay() === 0;
    if (!isDue && !this.#changes.hasSpeakers) return null;
    const texts = this.#changes.take(isDue);
    const messages = (texts.before.length + texts.after.length) * this.#listening.size;
    const { networks } = texts;
    for (const network of networks) this.#options.charge(network, messages / networks.length);
    this.#sent.used += messages;
    this.#lists.told([...texts.before, ...texts.after]);
    if (isDue) this.#beginLists();
    return texts.isEmpty ? null : texts;
  }

  /** Goes on when a batch is delivered: with clients that are new, with lists, and with what could not be told yet. */
  afterBatch(): void {
    for (const client of this.#new) this.#greet(client);
    this.#lists.sendSlice();
    if (this.#lists.isReady) this.#options.schedule();
    if (this.#isWanted) this.#scheduleTelling();
  }

  /** Sends more of the lists: a client, or any of them, may have taken what was pending. */
  sendMore(client?: PresenceClient): void {
    this.#lists.resume(client);
    if (this.#lists.isReady) this.#options.schedule();
  }

  get #isWanted(): boolean {
    return this.#changes.size + this.#waiting.size > 0;
  }

  #noteChange(): void {
    this.#lists.outdate();
    this.#options.schedule();
  }

  /** Time, in ms, until the next telling. */
  #delay(): number {
    this.#sent.refill(this.#options.clock.now(), RATE);
    return this.#sent.used < BURST ? 0 : Math.ceil(((this.#sent.used - BURST) / RATE) * 1000) + 1;
  }

  #scheduleTelling(): void {
    const delay = this.#delay();
    if (delay === 0) return this.#options.schedule();
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#options.clock.after(delay, () => {
      this.#isTimed = false;
      if (this.#isWanted) this.#options.schedule();
    });
  }

  /** Begins the lists of those who wait for theirs: everyone who is online is told by now. */
  #beginLists(): void {
    for (const [client, isGreeted] of this.#waiting) this.#lists.begin(client, !isGreeted);
    this.#waiting.clear();
    this.#new.clear();
  }

  /** Tells a new client, which has to wait for its list, which server this is, and that it is online itself. */
  #greet(client: PresenceClient): void {
    this.#new.delete(client);
    if (client.login === null) return;
    this.#waiting.set(client, true);
    // It may have been identified while others were still being written to.
    client.flush();
    client.sendText(
      encode({ type: 'online', server: this.#options.server, logins: [client.login], more: true }),
    );
  }

  #listen(client: PresenceClient): void {
    this.#listening.add(client);
    client.listen(true);
  }
}
