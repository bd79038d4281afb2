/** Net changes of who is online, from one telling of all pages to the next (D28). */
import type { ControlMessage } from '../../../shared/protocol/control.ts';
import { loginKey } from '../../../shared/protocol/login.ts';
import type { BatchTexts, TextListener } from '../delivery/batch-texts.ts';

/** Logins in one message at most: ten thousand at once would be more bytes than may be pending for a client. */
export const PART = 1_000;

/** One login that came or went, as it was proposed, and the network that the message about it is charged to. */
export interface Change {
  readonly login: string;
  readonly network: string;
}

type Changes = ReadonlyMap<string, Change>;
const NONE: Changes = new Map();

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
  /** Logins that single listeners were told of, alone, as having joined. */
  #early = new Map<TextListener, Map<string, string>>();

  get size(): number {
    return this.#joined.size + this.#left.size + this.#early.size;
  }

  /** True when somebody whom the listeners do not know is about to be heard by all. */
  get hasSpeakers(): boolean {
    return this.#speakers.size > 0;
  }

  /** Notes that a client took a login. */
  joined(login: string, network: string): void {
    const key = loginKey(login);
    const away = this.#passedBy.get(key) ?? this.#left.get(key);
    this.#passedBy.delete(key);
    if (away?.login === login) this.#left.delete(key);
    else this.#joined.set(key, { login, network });
    if (away && this.#speakers.has(key)) this.#joined.set(key, { login, network });
  }

  /** Notes that a login is free again. */
  left(login: string, network: string): void {
    const key = loginKey(login);
    if (this.#speakers.has(key)) this.#passedBy.set(key, { login, network });
    else if (!this.#joined.delete(key)) this.#left.set(key, { login, network });
  }

  /** Notes that a login is about to be heard by all. */
  speaks(login: string): void {
    const key = loginKey(login);
    if (this.#isUnknown(key)) this.#speakers.add(key);
  }

  /** Tells one listener, alone, of a login that it is about to hear from, unless it knows. Returns what that is charged to. */
  introduce(login: string, listener: TextListener): string | null {
    const key = loginKey(login);
    if (!this.#isUnknown(key)) return null;
    const known = this.#early.get(listener);
    if (known?.has(key)) return null;
    const { network, ...change } = this.#joined.get(key)!;
    if (known) known.set(key, change.login);
    else this.#early.set(listener, new Map([[key, change.login]]));
    listener.sendText(encode({ type: 'presence', left: [], joined: [change.login] }));
    return network;
  }

  /** Tells one listener, alone, of all who are about to be heard by all. */
  introduceSpeakers(listener: TextListener): void {
    for (const key of this.#speakers) this.introduce(this.#joined.get(key)!.login, listener);
  }

  /** Forgets a listener. */
  forget(listener: TextListener): void {
    this.#early.delete(listener);
  }

  /**
   * Takes what is told with the next batch: before it, if there are speakers, those who joined; behind it, if it is time
   * for that, all the rest.
   */
  take(isDue: boolean): PresenceTexts {
    const before = this.hasSpeakers ? this.#takeJoined() : NONE;
    for (const [key, change] of this.#passedBy) this.#left.set(key, change);
    this.#passedBy.clear();
    this.#speakers.clear();
    const early = this.#early;
    const [left, joined] = isDue ? [this.#left, this.#joined] : [NONE, NONE];
    this.#early = isDue ? new Map() : untold(early, before);
    if (isDue) {
      this.#left = new Map();
      this.#joined = new Map();
    }
    return new PresenceTexts({ before, left, joined, early, isDue });
  }

  /** Takes those who joined, but for those who took, spelled otherwise, the login of one who is not told to have left. */
  #takeJoined(): Changes {
    const all = this.#joined;
    this.#joined = new Map();
    for (const key of this.#left.keys()) {
      const change = all.get(key);
      if (change && all.delete(key)) this.#joined.set(key, change);
    }
    return all;
  }

  #isUnknown(key: string): boolean {
    return this.#joined.has(key) && !this.#left.has(key);
  }
}

interface Taken {
  readonly before: Changes;
  readonly left: Changes;
  readonly joined: Changes;
  readonly early: ReadonlyMap<TextListener, ReadonlyMap<string, string>>;
  readonly isDue: boolean;
}

/** Presence as it goes with one batch: encoded once for all, but for those who were told a part of it early. */
export class PresenceTexts implements BatchTexts {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly #taken: Taken;

  constructor(taken: Taken) {
    const { before, left, joined } = taken;
    this.#taken = taken;
    this.before = textsOf([], loginsOf(before));
    this.after = textsOf(loginsOf(left), loginsOf(joined));
  }

  get isEmpty(): boolean {
    return this.before.length + this.after.length === 0 && this.#taken.early.size === 0;
  }

  /** Networks that the messages are charged to, one for each change. */
  get networks(): string[] {
    const { before, left, joined } = this.#taken;
    return [before, left, joined].flatMap((changes) => [...changes.values()].map(({ network }) => network));
  }

  sendBefore(listener: TextListener): void {
    const known = this.#taken.early.get(listener);
    if (!known) return sendAll(listener, this.before, true);
    sendAll(listener, textsOf([], loginsOf(this.#taken.before, known)), false);
  }

  sendAfter(listener: TextListener): void {
    const { before, left, joined, early, isDue } = this.#taken;
    const known = early.get(listener);
    if (!known) return sendAll(listener, this.after, true);
    const gone = isDue ? [...known].filter(([key]) => !before.has(key) && !joined.has(key)) : [];
    const own = [...loginsOf(left), ...gone.map(([, login]) => login)];
    sendAll(listener, textsOf(own, loginsOf(joined, known)), false);
  }
}

/** What single listeners were told early that those told now did not make true for all. */
function untold(
  early: ReadonlyMap<TextListener, ReadonlyMap<string, string>>,
  told: Changes,
): Map<TextListener, Map<string, string>> {
  const rest = new Map<TextListener, Map<string, string>>();
  for (const [listener, logins] of early) {
    const own = [...logins].filter(([key]) => !told.has(key));
    if (own.length > 0) rest.set(listener, new Map(own));
  }
  return rest;
}

/** The logins of changes, but for those that are known. */
function loginsOf(changes: Changes, known?: ReadonlyMap<string, string>): string[] {
  const logins: string[] = [];
  for (const [key, { login }] of changes) if (known?.get(key) !== login) logins.push(login);
  return logins;
}

/** Presence messages, each of {@link PART} logins at most; those who left come before all who joined. */
function textsOf(left: readonly string[], joined: readonly string[]): string[] {
  const texts: string[] = [];
  const total = left.length + joined.length;
  for (let at = 0; at < total; at += PART)
    texts.push(
      encode({
        type: 'presence',
        left: left.slice(at, at + PART),
        joined: joined.slice(Math.max(0, at - left.length), Math.max(0, at + PART - left.length)),
      }),
    );
  return texts;
}

function sendAll(listener: TextListener, texts: readonly string[], isShared: boolean): void {
  for (const text of texts) listener.sendText(text, isShared);
}

/** The text of a control message. */
export function encode(message: ControlMessage): string {
  return JSON.stringify(message);
}
