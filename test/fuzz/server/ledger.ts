/**
 * Ledger of all that everyone has sent, and so of what anyone may get. It knows only the rules that it needs: who sent
 * what under which name, in which order, to whom.
 */

/** Queue of commands not yet received, oldest first; taking from the front is cheap. */
class Queue {
  #items: string[] = [];
  #head = 0;

  push(item: string): void {
    this.#items.push(item);
  }

  /** Takes the first command if it is this. */
  take(item: string): boolean {
    if (this.#items[this.#head] !== item) return false;
    this.#items[this.#head++] = '';
    if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return true;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }
}

/** Logins in the form in which they are compared (D8). */
const sameAs = (login: string): string => login.normalize('NFC');

/** Messages of one connection, by the name it sent them under. */
export class Speaker {
  readonly queues = new Map<string, Queue>();

  say(login: string, command: string): void {
    this.queues.get(login)?.push(command);
  }

  /** Number of messages under this name that nobody has received yet. */
  unheard(login: string | null): number {
    return login === null ? 0 : (this.queues.get(login)?.length ?? 0);
  }
}

export class Ledger {
  /** Number of commands sent by all together. */
  commands = 0;
  readonly #speakers = new Map<string, Set<Speaker>>();
  /** Private commands that may still reach an addressee, and how often. */
  readonly #private = new Map<string, Map<string, number>>();
  /** Broadcasts in the order in which the first listener got them, from number `#base` on. */
  #order: string[] = [];
  #base = 0;

  /** Lets this speaker use this name from now on. */
  propose(speaker: Speaker, login: string): void {
    if (!speaker.queues.has(login)) speaker.queues.set(login, new Queue());
    const speakers = this.#speakers.get(login) ?? new Set();
    this.#speakers.set(login, speakers.add(speaker));
    if (!this.#private.has(sameAs(login))) this.#private.set(sameAs(login), new Map());
  }

  /** Forgets a speaker that is gone, and all that could have reached it. */
  forget(speaker: Speaker): void {
    for (const login of speaker.queues.keys()) {
      const speakers = this.#speakers.get(login);
      speakers?.delete(speaker);
      if (speakers && speakers.size > 0) continue;
      this.#speakers.delete(login);
      this.#private.delete(sameAs(login));
    }
  }

  /** Number of broadcasts that the listener furthest ahead has received. */
  get heard(): number {
    return this.#base + this.#order.length;
  }

  /** Checks a listener's broadcast of this number; tells what is wrong with it, or null. */
  hear(number: number, login: string, command: string): string | null {
    const known = this.#order[number - this.#base];
    if (known !== undefined) return known === command ? null : 'another order than others heard (D14)';
    for (const speaker of this.#speakers.get(login) ?? [])
      if (speaker.queues.get(login)?.take(command)) {
        this.#order.push(command);
        return null;
      }
    return 'a message that nobody sent, or out of its sender’s order (D11, D12, D14)';
  }

  /** Forgets the broadcasts that everyone has received. */
  trim(below: number): void {
    this.#order = this.#order.slice(Math.max(0, below - this.#base));
    this.#base = Math.max(this.#base, below);
  }

  /** Allows this command to reach this login once more. */
  allow(login: string, command: string): void {
    const allowed = this.#private.get(sameAs(login));
    allowed?.set(command, (allowed.get(command) ?? 0) + 1);
  }

  /** Takes a private command that has reached this login; false when it may not. */
  receive(login: string, command: string): boolean {
    const allowed = this.#private.get(sameAs(login));
    const times = allowed?.get(command) ?? 0;
    if (times > 1) allowed?.set(command, times - 1);
    else allowed?.delete(command);
    return times > 0;
  }
}
