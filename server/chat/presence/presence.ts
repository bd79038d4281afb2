/** Presence (D28): tells browser clients who is online, who left and who joined. */
import type { Clock } from '../environment/clock.ts';
import { encodeControl } from '../../../shared/protocol/control.ts';
import { loginKey } from '../../../shared/protocol/login.ts';
import type { SendBefore, TextSubscriber, TextSource } from '../delivery/batch-texts.ts';
import { TokenBucket } from '../limits/token-bucket.ts';
import { PresenceChanges } from './changes.ts';
import { ReplacedLogins } from './replaced.ts';
import { PresenceSubscribers, type PresenceClient, type SubscribersOptions } from './subscribers.ts';
import type { Telling } from './telling.ts';

/**
 * Presence messages, to all clients together, that are sent a second, and below which the next are sent at once: a few
 * hundredths of a core. So in a small or a quiet room everything is told at once; when many come, a thousand pages are told
 * of each other three times in two seconds, and ten thousand every seven seconds.
 */
const RATE = 1_500;
const BURST = 256;

/** Longest time, in ms, between two tellings, however large the room. */
const MAX_WAIT = 10_000;

/**
 * Time, in ms, that a telling waits for a batch to go out with, and the part of a slice up to which subscribers need not wait:
 * one write for both, where a write of its own to each delays messages by as much as another message to all.
 */
const BATCH_WAIT = 100;
const AT_ONCE = 1 / 32;

export interface PresenceOptions extends Pick<SubscribersOptions, 'server' | 'slice'> {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Makes sure that a batch is delivered, be it empty, and that `afterBatch` is called then. */
  readonly schedule: () => void;
  /** Tells whether a batch takes several turns of the event loop, since the room is so large. */
  readonly isSliced: () => boolean;
  readonly online: () => Iterable<string>;
  /** Charges a network, null for one without limits, for its share of the presence messages that were sent. */
  readonly charge: (network: string | null, messages: number) => void;
}

/**
 * Coalesces comings and goings, and tells them behind a batch of commands, in one text that is encoded and framed once. The
 * more clients are told, the longer until the next time. A client that comes meanwhile gets the list of those whom the others
 * know by then, and from then on what they are told.
 */
export class Presence implements TextSource {
  readonly #options: PresenceOptions;
  #changes = new PresenceChanges();
  readonly #subscribers: PresenceSubscribers;
  /** Logins that were taken again while a client was away: its list does not say so. */
  readonly replaced = new ReplacedLogins();
  /** Clients that get their list at the end of the turn. */
  readonly #waiting = new Set<PresenceClient>();
  /** NFC forms of the logins that joined by what is being told, while that is not sent to all. */
  readonly #beingTold = new Set<string>();
  /** Those of them who are about to be heard by all. */
  readonly #awaited = new Set<string>();
  /** The telling of many that is being sent, behind all words. */
  #large: Telling | null = null;
  readonly #sent: TokenBucket;
  /** Time, in ms, from which what is told goes out without a batch. */
  #sendsAt = 0;
  #isTimed = false;
  /** True when a whole batch was delivered since there is something to tell. */
  #isRipe = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#sent = new TokenBucket(options.clock.now());
    this.#subscribers = new PresenceSubscribers({
      ...options,
      online: () => this.#changes.told(options.online()),
      now: () => options.clock.now(),
      onBehind: (client) => this.resync(client),
    });
  }

  /**
   * Adds a client that is identified: it gets the list of logins behind its LOGIN_ACCEPTED, and changes from then on. All that
   * it is sent until then goes out in one write with its list.
   */
  add(client: PresenceClient): void {
    client.cork();
    this.#waiting.add(client);
    this.#options.schedule();
  }

  /** Has a client get the list anew, and no changes before that. */
  resync(client: PresenceClient): void {
    this.remove(client);
    this.#waiting.add(client);
    this.#options.schedule();
  }

  remove(client: PresenceClient): void {
    this.#waiting.delete(client);
    this.#subscribers.delete(client);
    this.#changes.forget(client);
    client.uncork();
    // Nobody is left who would be told of what has changed.
    if (this.#hasNoClients) this.#changes = new PresenceChanges();
  }

  joined(login: string, network: string | null): void {
    if (this.#hasNoClients) return;
    this.replaced.joined(login);
    this.#changes.joined(login, network);
    this.#options.schedule();
  }

  left(login: string, network: string | null): void {
    if (this.#hasNoClients) return;
    this.replaced.left(login, this.#options.clock.now());
    this.#changes.left(login, network);
    this.#options.schedule();
  }

  /** Notes that a login is about to be heard by all: who does not know of it is told before. */
  speaks(login: string): void {
    if (!this.#changes.isEmpty) this.#changes.speaks(login);
    if (this.#beingTold.size > 0 && this.#beingTold.has(loginKey(login))) this.#awaited.add(login);
  }

  /** Notes that a login is about to be heard by one client, which is told of it before, unless it knows. */
  introduce(login: string, client: PresenceClient): void {
    if (this.#changes.isEmpty && !this.#subscribers.isTelling) return;
    if (!this.#subscribers.isSubscribed(client)) return;
    this.#subscribers.bringUp(client);
    if (!this.#subscribers.isSubscribed(client)) return;
    const network = this.#changes.introduce(login, client);
    if (network !== null) this.#options.charge(network, 1);
  }

  beforeGathered(subscriber: TextSubscriber): void {
    if (!this.#hasWhoIsUnknown) return;
    this.#subscribers.bringUp(subscriber as PresenceClient);
    this.#changes.introduceSpeakers(subscriber);
  }

  beforeBatch(): SendBefore | null {
    const isDue = this.#isDue;
    if (!isDue && !this.#hasWhoIsUnknown && !this.#subscribers.isTelling) return null;
    const { last, isTelling } = this.#subscribers;
    const large = isTelling ? this.#large : null;
    const awaited = [...this.#awaited];
    this.#awaited.clear();
    const { before, after } = this.#changes.take(isDue);
    this.#publish(before);
    if (large && [...awaited.map(loginKey), ...(before?.joined ?? [])].every((key) => !large.hasLeft(key)))
      return this.#beforeLarge(large, before, awaited);
    const waiting = before ?? (isTelling ? last : null);
    // All have it when the batch is delivered.
    if (waiting) this.#sendsAt = 0;
    // Messages that go out in one write with the batch do not count.
    this.#sent.used = Math.min(this.#sent.used + this.#publish(after), BURST + (RATE * MAX_WAIT) / 1000);
    if (isDue) this.#isRipe = false;
    if (after) this.#send(after);
    return waiting && ((subscriber) => this.#subscribers.bringUpTo(waiting, subscriber as PresenceClient));
  }

  /** Gives what comes before a batch that does not wait for a telling of many: those alone who are heard by it. */
  #beforeLarge(large: Telling, before: Telling | null, awaited: readonly string[]): SendBefore | null {
    if (!before && awaited.length === 0) return null;
    const joined = awaited.length > 0 ? encodeControl({ type: 'presence', left: [], joined: awaited }) : null;
    return (subscriber) => {
      const client = subscriber as PresenceClient;
      if (joined !== null && this.#subscribers.isOwed(large, client)) client.sendText(joined, true);
      if (before) this.#subscribers.bringUpTo(before, client, true);
    };
  }

  /** Sends more when a batch is delivered: of what was told, of lists, and of what is not told yet. */
  afterBatch(): void {
    this.#beginLists();
    const wait = this.#sendsAt - this.#options.clock.now();
    this.#subscribers.sendSlice(wait <= 0);
    const { isTelling, isListing } = this.#subscribers;
    if (!isTelling) {
      this.#large = null;
      this.#beingTold.clear();
    }
    this.#isRipe = this.#isWanted;
    const delay = isTelling ? wait : this.#isWanted ? this.#delay() : 0;
    if (isListing || ((isTelling || this.#isWanted) && delay <= 0)) this.#options.schedule();
    if (delay > 0) this.#scheduleAfter(delay);
  }

  /** Sends more of the lists: a client, or any of them, may have taken what was pending. */
  sendMore(client?: PresenceClient): void {
    this.#subscribers.noteTaken(client);
    if (this.#subscribers.isSending) this.#options.schedule();
  }

  /** True in a room of native clients alone: whoever comes there gets all in a list. */
  get #hasNoClients(): boolean {
    return this.#waiting.size + this.#subscribers.size === 0;
  }

  /** True when somebody of whom not all subscribers are told is about to be heard by all. */
  get #hasWhoIsUnknown(): boolean {
    return this.#awaited.size > 0 || this.#changes.hasSpeakers;
  }

  get #isWanted(): boolean {
    return !this.#changes.isEmpty;
  }

  /** True when it is time to tell: what was told before is sent, and in a large room a batch is over, too. */
  get #isDue(): boolean {
    if (!this.#isWanted || this.#subscribers.isSending) return false;
    const isAtOnce = this.#isRipe || this.#subscribers.subscribers === 0 || !this.#options.isSliced();
    return isAtOnce && this.#delay() === 0;
  }

  /** Has all subscribers be sent what is told, in a large room with the next batch, unless it is of many. */
  #send(telling: Telling): void {
    this.#large = telling.isLarge ? telling : null;
    const waits = !telling.isLarge && this.#subscribers.subscribers > AT_ONCE * this.#options.slice;
    this.#sendsAt = waits ? this.#options.clock.now() + BATCH_WAIT : 0;
    this.#subscribers.send();
  }

  /** Tells; returns the messages that all get together. */
  #publish(telling: Telling | null): number {
    if (!telling) return 0;
    const messages = telling.length * this.#subscribers.subscribers;
    const { networks } = telling;
    for (const network of networks) this.#options.charge(network, messages / networks.length);
    for (const key of telling.joined) this.#beingTold.add(key);
    this.#subscribers.add(telling);
    return messages;
  }

  /** Time, in ms, until the next telling. */
  #delay(): number {
    this.#sent.refill(this.#options.clock.now(), RATE);
    return this.#sent.used < BURST ? 0 : Math.ceil(((this.#sent.used - BURST) / RATE) * 1000) + 1;
  }

  #scheduleAfter(delay: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#options.clock.after(delay, () => {
      this.#isTimed = false;
      if (this.#isWanted || this.#subscribers.isTelling) this.#options.schedule();
    });
  }

  #beginLists(): void {
    const { server } = this.#options;
    for (const client of this.#waiting) {
      const { login } = client;
      // A client that nobody is told of yet is not in the list either.
      const isLeftOut = login !== null && this.#changes.hasJoined(login);
      const greeting = isLeftOut
        ? encodeControl({ type: 'online', server, logins: [login], more: true })
        : null;
      // It may have been identified while others were still being written to.
      client.flush();
      // That may have closed it.
      if (this.#waiting.delete(client)) this.#subscribers.begin(client, greeting);
    }
  }
}
