/** The history: the last messages to everyone, for pages that join later (D28). Off unless the operator wants it. */
import type { HistoryMessage } from '../../../shared/protocol/control.ts';
import { loginKey } from '../../../shared/protocol/login.ts';
import { byteLength } from '../../../shared/protocol/encoder.ts';
import type { Clock } from '../environment/clock.ts';
import type { Limits } from '../limits/limits.ts';

/** A message as it is handed on to a process that joins. */
export interface SavedMessage {
  readonly login: string;
  readonly text: string;
  /** Time it was carried out, in ms of the clock of the rules. */
  readonly at: number;
  /** True for the last of a former holder of its login, once that is taken anew: as long as it is, or said something since. */
  readonly retaken?: boolean;
}

interface Message extends SavedMessage {
  /** Login in the form in which logins are compared (D8): a holder may spell it otherwise than the one before. */
  readonly key: string;
  retaken: boolean;
  readonly bytes: number;
}

type HistoryLimits = Pick<Limits, 'history' | 'historyBytes' | 'historyAge'>;

/**
 * Keeps the last messages to everyone, in memory only, bounded in number, bytes and age. Native clients and the stream of
 * bytes know nothing of it.
 */
export class MessageHistory {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limits: HistoryLimits;
  #messages: Message[] = [];
  #bytes = 0;

  constructor(clock: Pick<Clock, 'now'>, limits: HistoryLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** True when the operator wants one. */
  get isOn(): boolean {
    return this.#limits.history > 0;
  }

  /** Messages that are kept. */
  get size(): number {
    return this.#messages.length;
  }

  /** Adds a message to everyone; nothing when there is to be no history. */
  add(login: string, text: string): void {
    if (!this.isOn) return;
    this.#push({ login, text, at: this.#clock.now() });
    this.forgetOldest();
  }

  /** Marks what was said under a login so far as a former holder's when it is taken anew, and not when it is freed in silence. */
  markLast(login: string, retaken: boolean): void {
    const marked = loginKey(login);
    const last = this.#messages.findLast(({ key }) => key === marked);
    if (last) last.retaken = retaken;
  }

  /** The messages that are kept, for a process that joins. */
  save(): readonly SavedMessage[] {
    this.forgetOldest();
    return this.#messages.map(({ bytes: _, key: _key, ...message }) => message);
  }

  /** Keeps these messages, and no others. */
  restore(messages: readonly SavedMessage[]): void {
    this.#messages = [];
    this.#bytes = 0;
    for (const message of messages) this.#push(message);
    this.forgetOldest();
  }

  /** Forgets what was said under logins that are banned now. */
  forget(isMeant: (login: string) => boolean): void {
    this.#messages = this.#messages.filter(({ login }) => !isMeant(login));
    this.#bytes = this.#messages.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The messages that are kept, the oldest first, with their age in ms. */
  messages(): HistoryMessage[] {
    this.forgetOldest();
    const now = this.#clock.now();
    return this.#messages.map(({ login, text, at, retaken }) => ({
      login,
      text,
      age: Math.max(0, Math.round(now - at)),
      ...(retaken && { retaken }),
    }));
  }

  /** Forgets what may not be kept any more. */
  forgetOldest(): void {
    const { history, historyBytes, historyAge } = this.#limits;
    const oldest = this.#clock.now() - historyAge;
    for (let message = this.#messages[0]; message; message = this.#messages[0]) {
      if (this.size <= history && this.#bytes <= historyBytes && message.at >= oldest) return;
      this.#bytes -= message.bytes;
      this.#messages.shift();
    }
  }

  #push({ login, text, at, retaken = false }: SavedMessage): void {
    // As they are sent, without the quotes: a control character takes six bytes, and a page that joins gets them all at once.
    const bytes = byteLength(JSON.stringify(login + text)) - 2;
    this.#messages.push({ login, key: loginKey(login), text, at, retaken, bytes });
    this.#bytes += bytes;
  }
}
