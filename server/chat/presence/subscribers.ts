/** Browser clients that are told who is online, and how far each has got (D28). */
import type { TextSubscriber } from '../delivery/batch-texts.ts';
import { OnlineList } from './online-list.ts';
import { NONE, Telling } from './telling.ts';

/** Pending bytes below which a client gets the next part of a list. */
const MAX_PENDING = 64 * 1024;
/** Characters of a list behind which no other part goes out in the same write. */
const WRITE_LENGTH = 24 * 1024;
/** Time, in ms, for which clients are sent something in a row, and how many between two readings of the clock. */
const SLICE_TIME = 3;
const CLOCK_EVERY = 32;
/** Tellings after which a list that is not complete is begun anew, so that what is kept for it stays bounded. */
const MAX_BEHIND = 64;

/** A browser client that is told of presence. */
export interface PresenceClient extends TextSubscriber {
  readonly login: string | null;
  /** Bytes that are queued for it and that it has not yet taken. */
  readonly pendingBytes: number;
  /** Writes all commands that are queued for it. */
  flush(): void;
  /** Writes the batch that is being delivered to it, if it has not got that. */
  catchUp(): void;
  /** Gathers what it is sent, until `uncork`, for one write. */
  cork(): void;
  uncork(): void;
  /** Says whether it is told, from now on, what comes before batches. */
  setSubscribed(isSubscribed: boolean): void;
}

/** Position of a client in the list and in the chain of tellings. */
interface Place {
  /** The list of which it is sent the parts; null when it has all of it, and is subscribed. */
  list: OnlineList | null;
  part: number;
  /** True while it has got no `online`. */
  isFirst: boolean;
  /** Text that comes before the list; null for none. */
  greeting: string | null;
  /** The last telling that it knows, be it from its list. */
  told: Telling;
  /** A telling of many before that, which it is still to be sent; null for none. */
  owed: Telling | null;
}

export interface SubscribersOptions {
  /** Those whom the clients that have their list know. */
  readonly online: () => Iterable<string>;
  /** The time, in ms. */
  readonly now: () => number;
  /** Names this run of the server. */
  readonly server: string;
  /** Clients that are sent something in a row. */
  readonly slice: number;
  /** A client lags too far behind with its list, and is no reader any more: it has to begin another. */
  readonly onBehind: (client: PresenceClient) => void;
}

/**
 * Sends lists, part by part as each client takes them, and tellings, in slices with time for all else between. A list is as of
 * one telling, the same for all who begin with it; behind its last part comes what was told since. So everyone is told
 * everything once, and in one order.
 */
export class PresenceSubscribers {
  readonly #options: SubscribersOptions;
  readonly #places = new Map<PresenceClient, Place>();
  /** Subscribers that are to be sent what was told. */
  readonly #untold = new Set<PresenceClient>();
  /** Those that are to be sent the next part of their list. */
  readonly #ready = new Set<PresenceClient>();
  #subscribers = 0;
  /** The list as of the last telling. */
  #current: OnlineList | null = null;
  #last = new Telling(NONE, NONE, new Map(), true);

  constructor(options: SubscribersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#places.size;
  }

  get subscribers(): number {
    return this.#subscribers;
  }

  get isListing(): boolean {
    return this.#ready.size > 0;
  }

  get isSending(): boolean {
    return this.isTelling || this.isListing;
  }

  /** True when there are subscribers that are still to be sent what was told. */
  get isTelling(): boolean {
    return this.#untold.size > 0;
  }

  get last(): Telling {
    return this.#last;
  }

  isSubscribed(client: PresenceClient): boolean {
    return this.#places.get(client)?.list === null;
  }

  /** Adds a telling to what subscribers are told. */
  add(telling: Telling): void {
    telling.number = this.#last.number + 1;
    this.#last.next = telling;
    this.#last = telling;
    this.#current = null;
  }

  /** Has all subscribers be sent what was told. */
  send(): void {
    for (const [client, { list }] of this.#places) if (!list) this.#untold.add(client);
  }

  /**
   * Begins the list of a client: of those whom the others know by what was told last.
   * @param greeting its `online`, of which the list is the rest; null when it begins with the list
   */
  begin(client: PresenceClient, greeting: string | null): void {
    const { server, online } = this.#options;
    const list = (this.#current ??= new OnlineList(server, online()));
    this.#places.set(client, {
      list,
      part: 0,
      isFirst: greeting === null,
      greeting,
      told: this.#last,
      owed: null,
    });
    this.#ready.add(client);
  }

  delete(client: PresenceClient): void {
    if (this.isSubscribed(client)) {
      this.#subscribers--;
      client.setSubscribed(false);
    }
    this.#places.delete(client);
    this.#untold.delete(client);
    this.#ready.delete(client);
    // Changes while there is nobody are noted by no telling.
    if (this.#places.size === 0) this.#current = null;
  }

  /** Notes that a client, or any of them, may have taken what was pending. */
  noteTaken(client?: PresenceClient): void {
    // In a quiet room all have their list.
    if (this.#subscribers === this.#places.size) return;
    for (const one of client ? [client] : this.#places.keys())
      if (this.#places.get(one)?.list) this.#ready.add(one);
  }

  /**
   * Sends a subscriber what was told until a telling, at once; what the batch before that says has to be written.
   * @param isUrgent whether a telling of many is left for later
   */
  bringUpTo(telling: Telling, client: PresenceClient, isUrgent = false): void {
    const place = this.#places.get(client);
    if (place && !place.list) this.#bringUpTo(telling, client, place, isUrgent);
  }

  /** True for a subscriber that is still to be sent a telling. */
  isOwed(telling: Telling, client: PresenceClient): boolean {
    const place = this.#places.get(client);
    return place?.list === null && (place.told.number < telling.number || place.owed === telling);
  }

  /** Sends a subscriber what was told until now, at once. */
  bringUp(client: PresenceClient): void {
    // The last telling may belong behind the batch that is being delivered.
    client.catchUp();
    this.bringUpTo(this.#last, client);
  }

  /**
   * Sends something to each that takes it, as far as a slice goes; lists come before what was told, since a page is of no use
   * before its list, and never many come in one turn.
   * @param isTelling whether what was told is sent, too
   */
  sendSlice(isTelling: boolean): void {
    const { slice, now } = this.#options;
    const until = now() + SLICE_TIME;
    let clients = slice;
    const isOver = (): boolean => clients <= 0 || (clients-- % CLOCK_EVERY === 0 && now() >= until);
    // Those that get more go behind the others, and so are met again only in the next slice.
    let lists = this.#ready.size;
    for (const client of this.#ready) {
      if (lists-- <= 0) break;
      if (isOver()) return;
      this.#ready.delete(client);
      const place = this.#places.get(client);
      if (place?.list) this.#sendParts(client, place, place.list);
    }
    for (const client of isTelling ? this.#untold : []) {
      if (isOver()) return;
      this.#untold.delete(client);
      const place = this.#places.get(client);
      if (place?.told === this.#last && !place.owed) continue;
      // In one write, however many messages that takes: nearly all get the same, which is put together once.
      client.cork();
      this.bringUp(client);
      client.uncork();
    }
  }

  #bringUpTo({ number }: Telling, client: PresenceClient, place: Place, isUrgent = false): void {
    if (!isUrgent) {
      place.owed?.sendTo(client);
      place.owed = null;
    }
    // It may be closed as a slow consumer on the way.
    while (place.told.number < number && this.#places.get(client) === place) {
      place.told = place.told.next!;
      if (isUrgent && place.told.isLarge) place.owed = place.told;
      else place.told.sendTo(client);
    }
  }

  /** Sends the next parts of a list in one write, if the client takes them. */
  #sendParts(client: PresenceClient, place: Place, list: OnlineList): void {
    if (this.#last.number - place.told.number > MAX_BEHIND) {
      this.delete(client);
      return this.#options.onBehind(client);
    }
    if (client.pendingBytes >= MAX_PENDING) return;
    client.cork();
    if (place.greeting !== null) client.sendText(place.greeting);
    place.greeting = null;
    for (let left = WRITE_LENGTH; left > 0 && place.list && this.#places.get(client) === place;) {
      const text = list.text(place.part, place.isFirst);
      left -= text.length;
      place.isFirst = false;
      if (list.isLast(place.part++)) this.#sendLast(text, client, place);
      else client.sendText(text, true);
    }
    if (place.list && this.#places.get(client) === place) this.#ready.add(client);
    client.uncork();
  }

  /** Sends the last part of a list, and what was told since: the client is a subscriber then. */
  #sendLast(text: string, client: PresenceClient, place: Place): void {
    client.catchUp();
    client.sendText(text, true);
    this.#bringUpTo(this.#last, client, place);
    if (this.#places.get(client) !== place) return;
    place.list = null;
    this.#subscribers++;
    client.setSubscribed(true);
  }
}
