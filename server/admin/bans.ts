/** The bans in force: addresses and logins that are not let in for a time. */
import { MAX_LOGIN_BYTES } from '../../shared/protocol/commands.ts';
import { keyOfBan, keyOfLogin, MAX_BANS, MAX_PATTERNS, type Ban, type BanTarget } from './ban.ts';
import { keyOf, networkIn, numbered } from '../net/network-key.ts';
import { fold, foldPattern, matches, type Folded } from './pattern.ts';

/** Thrown when there are as many bans as there may be. */
export class TooManyBans extends Error {}

interface Pattern {
  readonly folded: Folded;
  readonly ban: Ban;
}

interface Prefix {
  readonly bits: number;
  readonly length: number;
  /** Banned networks of this size. */
  count: number;
}

/**
 * The bans in force. Exact logins and networks are looked up in one table; only patterns are gone through, and those are
 * few. One that has ended keeps nobody out from that moment on, and is forgotten at the next tick.
 */
export class Bans {
  readonly now: () => number;
  /** All bans, by {@link keyOfBan}. */
  readonly #bans = new Map<string, Ban>();
  readonly #patterns = new Map<string, Pattern>();
  /** Sizes of the banned networks, by their key, such as `32/24`. */
  readonly #prefixes = new Map<string, Prefix>();
  #logins = 0;

  /** Takes bans that have not ended, as many as there may be. */
  constructor(bans: Iterable<Ban> = [], now: () => number = Date.now) {
    this.now = now;
    for (const ban of bans) if (ban.until > now() && this.#hasRoomFor(ban)) this.#set(ban);
  }

  get size(): number {
    return this.#bans.size;
  }

  list(): readonly Ban[] {
    const now = this.now();
    return [...this.#bans.values()].filter(({ until }) => until > now);
  }

  /** Adds a ban, in place of the same one before. Throws a {@link TooManyBans}. */
  add(ban: Ban): void {
    if (!this.#hasRoomFor(ban)) this.forgetEnded();
    if (!this.#hasRoomFor(ban)) throw new TooManyBans(tooMany(ban));
    this.#set(ban);
  }

  /** Removes a ban; false when there was no such one. */
  remove(target: BanTarget): boolean {
    return this.#delete(keyOfBan(target));
  }

  /** Forgets bans that have ended; false when there were none. */
  forgetEnded(): boolean {
    const now = this.now();
    const ended = [...this.#bans].filter(([, { until }]) => until <= now);
    for (const [key] of ended) this.#delete(key);
    return ended.length > 0;
  }

  isAddressBanned(address: string): boolean {
    if (this.#prefixes.size === 0) return false;
    const number = numbered(address);
    if (number === null) return false;
    for (const { bits, length } of this.#prefixes.values())
      if (bits === number.bits && this.#isInForce(this.#bans.get(keyOf(number, length)))) return true;
    return false;
  }

  /** A login that is too long for anyone to have is not compared: that would be work for nothing (D7). */
  isLoginBanned(login: string): boolean {
    if (this.#logins === 0 || login.length > MAX_LOGIN_BYTES) return false;
    const folded = fold(login);
    if (this.#isInForce(this.#bans.get(keyOfLogin(folded.join(''))))) return true;
    for (const pattern of this.#patterns.values())
      if (this.#isInForce(pattern.ban) && matches(pattern.folded, folded)) return true;
    return false;
  }

  #isInForce(ban: Ban | undefined): boolean {
    return ban !== undefined && ban.until > this.now();
  }

  #hasRoomFor(ban: Ban): boolean {
    const key = keyOfBan(ban);
    if (this.#bans.has(key)) return true;
    return this.#bans.size < MAX_BANS && (!isPattern(ban) || this.#patterns.size < MAX_PATTERNS);
  }

  #set(ban: Ban): void {
    const key = keyOfBan(ban);
    this.#delete(key);
    this.#bans.set(key, ban);
    if (isPattern(ban)) this.#patterns.set(key, { folded: foldPattern(ban.value), ban });
    if (ban.kind === 'login') this.#logins++;
    else this.#countPrefix(ban, 1);
  }

  #delete(key: string): boolean {
    const ban = this.#bans.get(key);
    if (!ban) return false;
    this.#bans.delete(key);
    this.#patterns.delete(key);
    if (ban.kind === 'login') this.#logins--;
    else this.#countPrefix(ban, -1);
    return true;
  }

  #countPrefix({ value }: Ban, change: 1 | -1): void {
    const { base, prefix: length } = networkIn(value);
    const key = `${base.bits}/${length}`;
    const prefix = this.#prefixes.get(key) ?? { bits: base.bits, length, count: 0 };
    prefix.count += change;
    if (prefix.count > 0) this.#prefixes.set(key, prefix);
    else this.#prefixes.delete(key);
  }
}

/** Makes a function that tells whether a ban applies to a client, by its address and login. */
export function meantBy({ kind, value }: BanTarget): (address: string, login: string | null) => boolean {
  if (kind === 'login') {
    const pattern = foldPattern(value);
    return (_address, login) => login !== null && matches(pattern, fold(login));
  }
  const { base, prefix } = networkIn(value);
  const key = keyOf(base, prefix);
  return (address) => {
    const number = numbered(address);
    return number?.bits === base.bits && keyOf(number, prefix) === key;
  };
}

function isPattern({ kind, value }: BanTarget): boolean {
  return kind === 'login' && value.includes('*');
}

function tooMany(ban: Ban): string {
  const patterns = `there are ${MAX_PATTERNS} patterns with a * already`;
  const all = `there are ${MAX_BANS} bans already`;
  return `${isPattern(ban) ? `${patterns}, or ` : ''}${all}; let somebody in again first`;
}
