/** A telling: the comings and goings that all pages are told of at one time (D28). */
import { encodeControl } from '../../../shared/protocol/control.ts';
import type { TextSubscriber } from '../delivery/batch-texts.ts';
import { PART } from './online-list.ts';

/** One login that came or went, as it was proposed, and the network that the message about it is charged to. */
export interface Change {
  readonly login: string;
  readonly network: string | null;
}

/** NFC form of a login → its change. */
export type Changes = ReadonlyMap<string, Change>;
/** Subscriber → logins that it alone was told of, as having joined: NFC form → as proposed. */
export type Early = Map<TextSubscriber, Map<string, string>>;

export const NONE: Changes = new Map();

/** Changes above which a telling costs each client more than the write that it is in: words do not wait for it. */
export const MANY = 250;

/** A telling: encoded once for all, but for those subscribers who were told a part of it early. */
export class Telling {
  number = 0;
  next: Telling | null = null;
  readonly #left: Changes;
  readonly #joined: Changes;
  readonly #early: Early;
  readonly #isAll: boolean;
  readonly #texts: readonly string[];

  /** @param isAll whether who was told early and is not among those who joined is gone */
  constructor(left: Changes, joined: Changes, early: Early, isAll: boolean) {
    this.#left = left;
    this.#joined = joined;
    this.#early = early;
    this.#isAll = isAll;
    this.#texts = textsOf(loginsOf(left), loginsOf(joined));
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0 && this.#early.size === 0;
  }

  /** Messages that each subscriber gets. */
  get length(): number {
    return this.#texts.length;
  }

  get joined(): Iterable<string> {
    return this.#joined.keys();
  }

  /** True when what is told since may come before it. */
  get isLarge(): boolean {
    return this.#isAll && this.#left.size + this.#joined.size > MANY;
  }

  /** @param key NFC form of a login */
  hasLeft(key: string): boolean {
    return this.#left.has(key);
  }

  /** Networks that the messages are charged to, one for each change. */
  get networks(): Array<string | null> {
    return [...this.#left.values(), ...this.#joined.values()].map(({ network }) => network);
  }

  sendTo(subscriber: TextSubscriber): void {
    const known = this.#early.get(subscriber);
    if (!known) for (const text of this.#texts) subscriber.sendText(text, true);
    else for (const text of this.#textsBeside(known)) subscriber.sendText(text);
  }

  /** The texts for a subscriber that knows already of some who joined. */
  #textsBeside(known: ReadonlyMap<string, string>): string[] {
    const gone = this.#isAll ? [...known].filter(([key]) => !this.#joined.has(key)) : [];
    const left = [...loginsOf(this.#left), ...gone.map(([, login]) => login)];
    return textsOf(left, loginsOf(this.#joined, known));
  }
}

/** The logins of changes, but for those that are known. */
function loginsOf(changes: Changes, known?: ReadonlyMap<string, string>): string[] {
  const logins: string[] = [];
  for (const [key, { login }] of changes) if (known?.get(key) !== login) logins.push(login);
  return logins;
}

/** Presence messages, each of {@link PART} logins at most; all who left come before all who joined. */
function textsOf(left: readonly string[], joined: readonly string[]): string[] {
  const texts: string[] = [];
  for (let at = 0; at < left.length + joined.length; at += PART) {
    const from = at - left.length;
    const part = joined.slice(Math.max(0, from), Math.max(0, from + PART));
    texts.push(encodeControl({ type: 'presence', left: left.slice(at, at + PART), joined: part }));
  }
  return texts;
}
