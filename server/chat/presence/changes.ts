/** Net changes of who is online, from one telling of all pages to the next (D28). */
import { encodeControl } from '../../../shared/protocol/control.ts';
import { loginKey } from '../../../shared/protocol/login.ts';
import type { TextSubscriber } from '../delivery/batch-texts.ts';
import { MANY, NONE, Telling, type Change, type Changes, type Early } from './telling.ts';

/** Tellings that are due now: before the next batch, and behind it. */
interface Taken {
  readonly before: Telling | null;
  readonly after: Telling | null;
}

/**
 * Coalesces who left and who joined. Whoever came and went in between was never there, nor was away whose login is taken
 * again, unless they said something: a login is told before the first words of it, to those who get these words, and that
 * it left behind the last. Logins are compared as the registry does (D8).
 */
export class PresenceChanges {
  #joined = new Map<string, Change>();
  #left = new Map<string, Change>();
  /** Those who joined, spoke to everyone, and left again: they are told as joined first, and as left then. */
  readonly #passedBy = new Map<string, Change>();
  /** Those of `#joined` who have spoken to everyone. */
  readonly #speakers = new Set<string>();
  /** Logins that single subscribers were told of, alone, as having joined. */
  #early: Early = new Map();

  get isEmpty(): boolean {
    return this.#joined.size + this.#left.size + this.#early.size === 0;
  }

  /** True when somebody whom the subscribers do not know is about to be heard by all. */
  get hasSpeakers(): boolean {
    return this.#speakers.size > 0;
  }

  /** True when a login joined and the subscribers are not told yet. */
  hasJoined(login: string): boolean {
    return this.#joined.has(loginKey(login));
  }

  /** Those whom the subscribers take for online, of all who are: who joined is not told yet, nor is who left. */
  *told(online: Iterable<string>): Iterable<string> {
    for (const login of online) if (!this.#joined.has(loginKey(login))) yield login;
    for (const { login } of this.#left.values()) yield login;
  }

  joined(login: string, network: string | null): void {
    const key = loginKey(login);
    const hadLeft = this.#left.get(key)?.login === login;
    this.#passedBy.delete(key);
    if (hadLeft) this.#left.delete(key);
    else this.#joined.set(key, { login, network });
  }

  left(login: string, network: string | null): void {
    const key = loginKey(login);
    if (this.#speakers.has(key)) this.#passedBy.set(key, { login, network });
    else if (!this.#joined.delete(key)) this.#left.set(key, { login, network });
  }

  /** Notes that a login is about to be heard by all. */
  speaks(login: string): void {
    const key = loginKey(login);
    if (this.#isUnknown(key)) this.#speakers.add(key);
  }

  /**
   * Tells one subscriber, alone, of a login that it is about to hear from, unless it knows. Returns the network that this is
   * charged to, if it was.
   */
  introduce(login: string, subscriber: TextSubscriber): string | null {
    const key = loginKey(login);
    const known = this.#early.get(subscriber);
    if (!this.#isUnknown(key) || known?.has(key)) return null;
    const change = this.#joined.get(key)!;
    if (known) known.set(key, change.login);
    else this.#early.set(subscriber, new Map([[key, change.login]]));
    subscriber.sendText(encodeControl({ type: 'presence', left: [], joined: [change.login] }));
    return change.network;
  }

  /** Tells one subscriber, alone, of all who are about to be heard by all. */
  introduceSpeakers(subscriber: TextSubscriber): void {
    for (const key of this.#speakers) this.introduce(this.#joined.get(key)!.login, subscriber);
  }

  forget(subscriber: TextSubscriber): void {
    this.#early.delete(subscriber);
  }

  /**
   * Takes what is to be told: before the batch, if there are speakers, those who joined, or where these are many the speakers
   * alone; behind it, if due, the rest.
   */
  take(isDue: boolean): Taken {
    const before = this.hasSpeakers ? this.#takeJoined() : null;
    for (const [key, change] of this.#passedBy) this.#left.set(key, change);
    this.#passedBy.clear();
    this.#speakers.clear();
    const after = isDue ? new Telling(this.#left, this.#joined, this.#early, true) : null;
    if (isDue) {
      this.#left = new Map();
      this.#joined = new Map();
      this.#early = new Map();
    }
    return { before, after: after?.isEmpty ? null : after };
  }

  #takeJoined(): Telling {
    const isOfAll = this.#joined.size <= MANY;
    const taken = isOfAll ? this.#joined : this.#takeSpeakers();
    if (isOfAll) this.#joined = new Map();
    // Whoever took, spelled otherwise, the login of one who is not told to have left, is told behind that.
    for (const key of this.#left.keys()) {
      const change = taken.get(key);
      if (change && taken.delete(key)) this.#joined.set(key, change);
    }
    const telling = new Telling(NONE, taken, this.#early, false);
    this.#early = without(this.#early, taken);
    return telling;
  }

  #takeSpeakers(): Map<string, Change> {
    const taken = new Map([...this.#speakers].map((key) => [key, this.#joined.get(key)!]));
    for (const key of taken.keys()) this.#joined.delete(key);
    return taken;
  }

  #isUnknown(key: string): boolean {
    return this.#joined.has(key) && !this.#left.has(key);
  }
}

/** Lists what single subscribers were told early, but for what all are told now. */
function without(early: Early, told: Changes): Early {
  const rest: Early = new Map();
  for (const [subscriber, logins] of early) {
    const own = [...logins].filter(([key]) => !told.has(key));
    if (own.length > 0) rest.set(subscriber, new Map(own));
  }
  return rest;
}
