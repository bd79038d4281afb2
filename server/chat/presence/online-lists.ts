/** Lists of who is online, for browser clients that do not have theirs yet (D28). */
import type { TextListener } from '../delivery/batch-texts.ts';
import { encode, PART } from './changes.ts';

/** Pending bytes below which a client gets the next part of a list. */
const MAX_PENDING = 64 * 1024;
/** Parts sent in one turn, and their characters: some milliseconds' work. */
const SLICE = 1024;
const SLICE_CHARACTERS = 8 * 1024 * 1024;
/** Tellings of all others after which a list that is not complete is begun anew, so that what it misses stays bounded. */
const MAX_BEHIND = 64;

/** A client that gets a list. */
export interface ListReader extends TextListener {
  /** Bytes that are queued for it and that it has not yet taken. */
  readonly pendingBytes: number;
  /** Writes the batch that is being delivered to it, if it has not got that. */
  catchUp(): void;
}

/** Everyone who is online at one time, encoded part by part, once for all who get it. */
class OnlineList {
  readonly #server: string;
  readonly #logins: readonly string[];
  /** Encoded parts, and the first of them as the first message of a list. */
  readonly #parts: string[] = [];
  #online: string | null = null;

  constructor(server: string, logins: Iterable<string>) {
    this.#server = server;
    this.#logins = [...logins];
  }

  /** True when nothing follows this part. */
  isLast(part: number): boolean {
    return (part + 1) * PART >= this.#logins.length;
  }

  /** @param isFirst whether the client has got no `online`; only the first part can be that */
  text(part: number, isFirst: boolean): string {
    const logins = (): string[] => this.#logins.slice(part * PART, (part + 1) * PART);
    const more = this.isLast(part) ? {} : { more: true as const };
    return isFirst
      ? (this.#online ??= encode({ type: 'online', server: this.#server, logins: logins(), ...more }))
      : (this.#parts[part] ??= encode({ type: 'also-online', logins: logins(), ...more }));
  }
}

/** What all who have their list were told at one time, and what they were told next. */
interface Telling {
  readonly number: number;
  readonly texts: readonly string[];
  next: Telling | null;
}

/** How far a client has got with its list. */
interface Place {
  readonly list: OnlineList;
  part: number;
  /** True while it has got no `online`. */
  isFirst: boolean;
  /** The last telling that the list contains. */
  readonly since: Telling;
}

export interface OnlineListsOptions<Client extends ListReader> {
  /** Every login there is. */
  readonly online: () => Iterable<string>;
  /** Names this run of the server. */
  readonly server: string;
  /** A client has all of its list and of what was told since: from now on it is told with the others. */
  readonly onComplete: (client: Client) => void;
  /** A client lags too far behind with its list: it has to get another. */
  readonly onBehind: (client: Client) => void;
}

/**
 * Sends the lists, as clients take them, in slices with time for all else between. A list is as of one telling of all
 * others, the same for all who begin with it; behind its last part comes what was told since, as it was told then.
 */
export class OnlineLists<Client extends ListReader> {
  readonly #options: OnlineListsOptions<Client>;
  readonly #places = new Map<Client, Place>();
  /** Those of them that are to be sent the next part. */
  readonly #ready = new Set<Client>();
  /** The list as of the last telling, until somebody comes or goes. */
  #current: OnlineList | null = null;
  #last: Telling = { number: 0, texts: [], next: null };

  constructor(options: OnlineListsOptions<Client>) {
    this.#options = options;
  }

  /** True when there is something to send now. */
  get isReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Notes that the present list is no longer that of who is online. */
  outdate(): void {
    this.#current = null;
  }

  /** Notes what all who have their list are told now. */
  told(texts: readonly string[]): void {
    if (texts.length === 0) return;
    const telling: Telling = { number: this.#last.number + 1, texts, next: null };
    this.#last.next = telling;
    this.#last = telling;
  }

  /**
   * Begins the list of a client, which is that of all who are online now: they have all been told.
   * @param isFirst whether its first message is `online`
   */
  begin(client: Client, isFirst: boolean): void {
    const { server, online } = this.#options;
    const list = (this.#current ??= new OnlineList(server, online()));
    this.#places.set(client, { list, part: 0, isFirst, since: this.#last });
    this.#ready.add(client);
  }

  delete(client: Client): void {
    this.#places.delete(client);
    this.#ready.delete(client);
  }

  /** Notes that a client, or any of them, may have taken what was pending. */
  resume(client?: Client): void {
    if (!client) for (const one of this.#places.keys()) this.#ready.add(one);
    else if (this.#places.has(client)) this.#ready.add(client);
  }

  /** Sends one part to each that takes it, as far as a slice goes. */
  sendSlice(): void {
    let clients = Math.min(SLICE, this.#ready.size);
    let characters = 0;
    // Those that get more go behind the others, and so are met again only in the next slice.
    for (const client of this.#ready) {
      if (clients-- <= 0 || characters > SLICE_CHARACTERS) return;
      this.#ready.delete(client);
      characters += this.#sendNext(client, this.#places.get(client)!);
    }
  }

  /** Sends the next part; returns its length. */
  #sendNext(client: Client, place: Place): number {
    if (this.#last.number - place.since.number > MAX_BEHIND) {
      this.delete(client);
      this.#options.onBehind(client);
      return 0;
    }
    if (client.pendingBytes >= MAX_PENDING) return 0;
    const { list, part, isFirst } = place;
    const text = list.text(part, isFirst);
    place.part++;
    place.isFirst = false;
    if (list.isLast(part)) this.#complete(client, text, place);
    else {
      client.sendText(text, true);
      if (this.#places.has(client)) this.#ready.add(client);
    }
    return text.length;
  }

  #complete(client: Client, text: string, place: Place): void {
    // What is told with the batch that is being delivered is among what was told since.
    client.catchUp();
    client.sendText(text, true);
    for (let telling = place.since.next; telling; telling = telling.next)
      for (const one of telling.texts) client.sendText(one, true);
    // It may have been closed as a slow consumer.
    if (!this.#places.has(client)) return;
    this.delete(client);
    this.#options.onComplete(client);
  }
}
