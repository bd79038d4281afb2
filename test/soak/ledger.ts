/** Ledger of who sent what, in which order it was received, and whether everyone present received all of it. */

/** Life of one client, from its login to its end. */
export interface Reader {
  readonly name: string;
  /** Time at which it read LOGIN_ACCEPTED (performance.now). */
  readonly acceptedAt: number;
  /** Number of broadcasts of the common order that it has received or legitimately missed; null before the first. */
  position: number | null;
}

/** Number of messages of one client: in public, and in the common order. */
export interface Said {
  publicly: number;
  /** Number of its broadcasts in the common order so far. */
  ordered: number;
}

interface Entry {
  readonly key: string;
  /** Latest time at which this broadcast, or one before it in the order, was sent. */
  readonly sentUpTo: number;
}

/** Broadcast as one reader received it. */
interface Heard {
  readonly from: string;
  readonly number: number;
  readonly sentAt: number;
}

export class Ledger {
  /** Number of broadcasts received, all readers together. */
  deliveries = 0;
  readonly #said = new Map<string, Said>();
  readonly #readers = new Set<Reader>();
  #order: Entry[] = [];
  #indexOf = new Map<string, number>();
  /**
   * Broadcasts of newcomers whose first broadcast nobody else has received yet: those before it, which a newcomer need
   * not receive, may still be on their way to all others, so that its place in the order is not known.
   */
  readonly #early = new Map<Reader, Heard[]>();
  /** Number of broadcasts before the first that is kept. */
  #base = 0;

  get ordered(): number {
    return this.#base + this.#order.length;
  }

  join(reader: Reader): void {
    this.#readers.add(reader);
    this.#said.set(reader.name, { publicly: 0, ordered: 0 });
  }

  /** Removes a reader, which need not receive anything from now on. Its own messages may still come. */
  leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#early.delete(reader);
    // The newcomers are placed, since no other reader is left that could do it.
    if (!this.#isAnyonePlaced)
      for (const newcomer of [...this.#early.keys()]) this.#place(newcomer, this.ordered);
  }

  /** Number of the next broadcast of this client, from 1 up. */
  say(name: string): number {
    return ++this.#said.get(name)!.publicly;
  }

  /** Checks a broadcast that a reader received; tells what is wrong with it, or null. */
  hear(reader: Reader, from: string, number: number, sentAt: number): string | null {
    this.deliveries++;
    const heard = { from, number, sentAt };
    if (reader.position === null) {
      const index = this.#indexOf.get(`${from} ${number}`);
      const early = this.#early.get(reader) ?? [];
      if (early.length > 0 || (index === undefined && this.#isAnyonePlaced)) {
        this.#early.set(reader, [...early, heard]);
        return null;
      }
      const wrong = this.#start(reader, index ?? this.ordered);
      if (wrong !== null) return wrong;
    }
    return this.#hearInOrder(reader, heard);
  }

  get #isAnyonePlaced(): boolean {
    for (const { position } of this.#readers) if (position !== null) return true;
    return false;
  }

  #hearInOrder(reader: Reader, { from, number, sentAt }: Heard): string | null {
    const key = `${from} ${number}`;
    const index = reader.position!++;
    const known = this.#order[index - this.#base];
    if (known) return known.key === key ? null : `heard ${key} where others heard ${known.key}`;
    const said = this.#said.get(from);
    if (!said || number > said.publicly) return `heard ${key}, which was not said`;
    if (number !== ++said.ordered) return `heard ${key} as the sender’s number ${said.ordered}`;
    const sentUpTo = Math.max(sentAt, this.#order.at(-1)?.sentUpTo ?? 0);
    this.#indexOf.set(key, index);
    this.#order.push({ key, sentUpTo });
    for (const [newcomer, [first]] of this.#early)
      if (first && `${first.from} ${first.number}` === key) {
        const wrong = this.#place(newcomer, index);
        if (wrong !== null) return `${newcomer.name} ${wrong}`;
      }
    return null;
  }

  /** Places a newcomer in the order: all that it has received until now is compared. */
  #place(newcomer: Reader, index: number): string | null {
    const early = this.#early.get(newcomer) ?? [];
    this.#early.delete(newcomer);
    let wrong = this.#start(newcomer, index);
    for (const heard of early) wrong ??= this.#hearInOrder(newcomer, heard);
    return wrong;
  }

  /** Names a client that has still to receive something, or to be received; null when there is none. */
  unheard(isLive: (name: string) => boolean): string | null {
    for (const reader of this.#readers) {
      const [early] = this.#early.get(reader) ?? [];
      if (early) return `nobody but ${reader.name} has heard ${early.from} ${early.number}`;
      if (reader.position === null) {
        const first = this.#order.find(({ sentUpTo }) => sentUpTo > reader.acceptedAt);
        if (first) return `${reader.name} has not heard ${first.key}`;
      } else if (reader.position < this.ordered)
        return `${reader.name} has not heard ${this.#order[reader.position - this.#base]!.key}`;
    }
    for (const [name, { publicly, ordered }] of this.#said)
      if (ordered < publicly && isLive(name)) return `nobody has heard number ${ordered + 1} of ${name}`;
    return null;
  }

  /** Forgets what is behind everyone, and those who are gone; called when everything was received. */
  settle(isLive: (name: string) => boolean): void {
    this.#base = this.ordered;
    this.#order = [];
    this.#indexOf = new Map();
    this.#early.clear();
    for (const reader of this.#readers) reader.position = this.#base;
    for (const name of [...this.#said.keys()]) if (!isLive(name)) this.#said.delete(name);
  }

  /** Checks a reader's first broadcast: nothing before it may have been sent after the reader was let in. */
  #start(reader: Reader, index: number): string | null {
    reader.position = index;
    const before = this.#order[index - this.#base - 1];
    if (!before || before.sentUpTo <= reader.acceptedAt) return null;
    return `began behind ${before.key}, which was sent after it was let in`;
  }
}
