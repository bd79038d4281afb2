/** The bans in force: addresses and logins that are not let in for a time. */
import { MAX_LOGIN_BYTES } from '../../shared/protocol/commands.ts';
import {
  keyOfBan,
  keyOfLogin,
  MAX_BANS,
  MAX_PATTERNS,
  type Ban,
  type BanChange,
  type BanTarget,
} from './ban.ts';
import { BanChanges, winsOver, type BanState } from './ban-changes.ts';
import { keyOf, networkIn, numbered } from '../addresses/network-key.ts';
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
  /** Last change of each ban that other gateways may know; null for a gateway that never was one of several. */
  #changes: BanChanges | null;
  #logins = 0;
  #ended = 0;
  #rejected = 0;

  /** Takes bans that have not ended, as many as there may be. */
  constructor(
    bans: Iterable<Ban> = [],
    now: () => number = Date.now,
    changes: readonly BanChange[] | null = null,
  ) {
    this.now = now;
    this.#changes = changes && new BanChanges(changes);
    for (const ban of bans)
      if (ban.until <= now()) this.#ended++;
      else if (this.#hasRoomFor(ban)) this.#set(ban);
      else this.#rejected++;
  }

  /** Bans that had ended when they were given, and those for which there was no room. */
  get dropped(): { readonly ended: number; readonly rejected: number } {
    return { ended: this.#ended, rejected: this.#rejected };
  }

  get size(): number {
    return this.#bans.size;
  }

  list(): readonly Ban[] {
    const now = this.now();
    return [...this.#bans.values()].filter(({ until }) => until > now);
  }

  /** Last changes; null when none are kept. */
  changes(): readonly BanChange[] | null {
    return this.#changes?.list() ?? null;
  }

  /** The last change of a ban; one that no other gateway can know has none. */
  changeOf(target: BanTarget): BanChange | undefined {
    return this.#changes?.get(target);
  }

  /** State of a ban, of which there may be none: it lost to any change. */
  stateOf(target: BanTarget): BanState {
    const ban = this.#bans.get(keyOfBan(target));
    return { changed: this.changeOf(target)?.changed ?? (ban ? 0 : -1), until: ban?.until ?? null };
  }

  /** Keeps the changes from now on: this gateway is one of several. */
  keepChanges(): void {
    this.#changes ??= new BanChanges();
  }

  /** Counts the bans that have no change as given now. */
  stampNew(): void {
    for (const ban of this.list())
      if (!this.changeOf(ban)) this.#changes?.note(ban, ban.until, undefined, this.now());
  }

  /**
   * Tells whether a change that was made elsewhere wins over what is known here ({@link winsOver}); one without a time does. A
   * ban that no other gateway knows of is not ended by them.
   * @param until end of the ban; null when it was lifted
   */
  isOutdatedBy(
    { changed, ...target }: BanTarget & Pick<BanChange, 'changed'>,
    until: number | null,
  ): boolean {
    const ban = this.#bans.get(keyOfBan(target));
    const last = this.changeOf(target);
    if (ban && !last && until === null) return false;
    return changed === undefined || winsOver({ changed, until }, this.stateOf(target));
  }

  /**
   * Adds a ban, in place of the same one before. Throws a {@link TooManyBans}.
   * @param change made at another gateway
   */
  add({ kind, value, until }: Ban, change?: BanChange): void {
    const ban = { kind, value, until };
    if (!this.#hasRoomFor(ban)) this.forgetEnded();
    if (!this.#hasRoomFor(ban)) throw new TooManyBans(tooMany(ban));
    this.#set(ban);
    this.#changes?.note(ban, Math.max(until, change?.until ?? 0), change?.changed, this.now());
  }

  /**
   * Removes a ban; false when there was no such one.
   * @param change made at another gateway
   */
  remove(target: BanTarget, change?: BanChange): boolean {
    const key = keyOfBan(target);
    const until = Math.max(this.#bans.get(key)?.until ?? 0, change?.until ?? 0);
    const isRemoved = this.#delete(key);
    if (isRemoved || change) this.#changes?.note(target, until, change?.changed, this.now());
    return isRemoved;
  }

  /** Forgets bans that have ended; returns how many there were. */
  forgetEnded(): number {
    const now = this.now();
    this.#changes?.forgetEnded(now);
    const ended = [...this.#bans].filter(([, { until }]) => until <= now);
    for (const [key] of ended) this.#delete(key);
    return ended.length;
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
