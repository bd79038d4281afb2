/**
 * Pages of one process, with the page's own connection code: told by the parent to come in, to write while nobody hears
 * them, and asked what became of it. Each writes its outbox as a page does, when it is in again.
 */
import { request } from 'node:http';
import { Opcode } from '../../shared/protocol/commands.ts';
import { Connection } from '../../web/net/connection.ts';
import { PageStream } from '../../web/net/page-stream.ts';
import { urlOfPage, usePageSockets } from '../support/page-sockets.ts';

/** What the parent asks for. */
export interface Order {
  readonly base: string;
  /** Numbers of the pages, from and up to. */
  readonly from: number;
  readonly to: number;
  /** The address that each page comes from, as a proxy says it. */
  readonly addresses: readonly string[];
}

/** What the parent is told once a second. */
export interface Progress {
  /** Pages that are in. */
  readonly present: number;
  /** Acceptances of a login so far, and interruptions. */
  readonly accepted: number;
  readonly lost: number;
  /** Logins that were still taken, and those that stayed taken. */
  readonly held: number;
  readonly gone: number;
  /** Texts of outboxes that wait. */
  readonly waiting: number;
  /** Public texts that a page heard twice. */
  readonly twice: number;
  /** Public texts heard, of all pages. */
  readonly heard: number;
}

/** To whom each page writes while nobody hears it, and how often. */
export const COLLECTOR = 'collector';
export const TEXTS = 2;
/** Every so many pages also write one text to everybody. */
export const SPEAKER_EVERY = 500;
const TO_ALL = 'from ';

const total = { accepted: 0, lost: 0, held: 0, gone: 0, twice: 0, heard: 0 };

class Page {
  readonly #connection: Connection;
  readonly #login: string;
  readonly #heard = new Set<string>();
  /** Texts in order; those that were sent and of which no echo or acknowledgement is needed here are gone from it. */
  #outbox: Array<{ readonly to: string | null; readonly text: string }> = [];

  constructor(number: number, base: string, address: string) {
    this.#login = `page ${number}`;
    const headers = { 'x-forwarded-for': address };
    const url = urlOfPage(base.replace('http', 'ws'), { headers });
    const ask = () => isThere(`${base}/healthz`, headers);
    this.#connection = new Connection({
      open: (options) => new PageStream({ ...options, url, ask }),
      ask,
      report: (event) => {
        if (event.type === 'accepted') total.accepted++;
        if (event.type === 'lost') total.lost++;
        if (event.type === 'name-held') total.held++;
        if (event.type === 'name-gone') total.gone++;
        if (event.type === 'accepted' || event.type === 'resumed') this.#sendOutbox();
        if (event.type === 'received' && event.command.opcode === Opcode.MESSAGE)
          this.#hear(Buffer.from(event.command.msg).toString());
      },
    });
    this.#connection.join(this.#login);
  }

  get isIn(): boolean {
    return this.#connection.up;
  }

  get waiting(): number {
    return this.#outbox.length;
  }

  /** Writes as a person would while the connection is lost: it waits. */
  write(isSpeaker: boolean): void {
    for (let i = 0; i < TEXTS; i++) this.#outbox.push({ to: COLLECTOR, text: `${this.#login}, ${i}` });
    if (isSpeaker) this.#outbox.push({ to: null, text: TO_ALL + this.#login });
    this.#sendOutbox();
  }

  #hear(text: string): void {
    if (!text.startsWith(TO_ALL)) return;
    total.heard++;
    if (this.#heard.has(text)) total.twice++;
    this.#heard.add(text);
  }

  #sendOutbox(): void {
    for (let next = this.#outbox[0]; next; next = this.#outbox[0]) {
      const { to, text } = next;
      const end = this.#connection.send((client) =>
        to === null ? client.broadcast(text) : client.sendTo(to, text),
      );
      if (end === null) return;
      this.#outbox.shift();
    }
  }
}

/** As the page asks, over HTTP. */
function isThere(url: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { method: 'HEAD', headers, timeout: 4000 }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    });
    asked.on('timeout', () => {
      resolve(true);
      asked.destroy();
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

const pages: Page[] = [];
usePageSockets();

process.on('message', (order: Order | 'write') => {
  if (order === 'write') return pages.forEach((page, index) => page.write(index % SPEAKER_EVERY === 0));
  void comeIn(order);
});

/** One after the other, some at a time, so that the beginning is no storm itself. */
async function comeIn({ base, from, to, addresses }: Order): Promise<void> {
  for (let number = from; number < to; number++) {
    pages.push(new Page(number, base, addresses[number % addresses.length]!));
    if (number % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

setInterval(() => {
  const present = pages.filter(({ isIn }) => isIn).length;
  const waiting = pages.reduce((sum, page) => sum + page.waiting, 0);
  process.send?.({ ...total, present, waiting } satisfies Progress);
}, 250);
process.on('disconnect', () => process.exit());
process.on('error', () => process.exit());
