/**
 * Clients that say numbered messages, come back by themselves when they are sent away, and check what they hear: each
 * sender's numbers follow one another, across its own connections, too, since it says again what it has not heard itself.
 */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Opcode, type Command } from '../../../shared/protocol/commands.ts';
import { Decoder } from '../../../shared/protocol/decoder.ts';
import { Connection } from '../../../web/net/connection.ts';
import { PageStream, taps } from '../../../web/net/page-stream.ts';
import { connectRaw } from '../../support/connect-raw.ts';
import { breakPage, urlOfPage, usePageSockets } from '../../support/page-sockets.ts';
import { login, message } from '../../support/raw-hex.ts';
import type { Addressed, RawConnection } from '../../support/raw-connection.ts';

export abstract class Talker {
  abstract readonly kind: 'native' | 'page';
  readonly name: string;
  /** Time of each LOGIN_ACCEPTED after the first, since the loss before it, in ms. */
  readonly absences: number[] = [];
  /** Time from each of its messages until it heard it itself, in ms; whoever measures empties it. */
  latencies: number[] = [];
  isIn = false;
  /** Number of connections on which it was accepted. */
  visits = 0;
  /** Last number that it has said, and that it has heard itself. */
  said = 0;
  confirmed = 0;
  deliveries = 0;
  readonly #wrong: (what: string) => void;
  /** Last number heard of each sender, and on which visit. */
  readonly #heard = new Map<string, { number: number; visit: number }>();
  #lostAt = 0;

  constructor(name: string, wrong: (what: string) => void) {
    this.name = name;
    this.#wrong = wrong;
  }

  /** Says the next number, if it is in the room. */
  say(): void {
    if (this.isIn && this.send(`${this.said + 1} ${performance.now()}`)) this.said++;
  }

  /** True when it has heard all that a sender has said, in this visit or in one before. */
  hasHeard({ name, said }: Talker): boolean {
    return said === 0 || (this.#heard.get(name)?.number ?? 0) >= said;
  }

  /** Leaves for good. */
  abstract leave(): void;

  /** Sends a text to everyone; false when it cannot be sent now. */
  protected abstract send(text: string): boolean;

  protected accepted(): void {
    if (this.visits++ > 0) this.absences.push(performance.now() - this.#lostAt);
    // The end comes behind the echo of all that was carried out; the rest was not, and is said again.
    this.said = this.confirmed;
    this.isIn = true;
  }

  /** Nothing comes any more; it may go on where it was. */
  protected dropped(): void {
    if (this.isIn) this.#lostAt = performance.now();
    this.isIn = false;
  }

  protected goesOn(): void {
    this.isIn = true;
  }

  protected wrong(what: string): void {
    this.#wrong(`${this.name}: ${what}`);
  }

  protected received(command: Command): void {
    if (command.opcode !== Opcode.MESSAGE) return;
    this.deliveries++;
    const { login: from } = command;
    const [number = 0, sentAt = 0] = command.msg.split(' ').map(Number);
    const before = this.#heard.get(from);
    const follows =
      before?.visit === this.visits ? number === before.number + 1 : number > (before?.number ?? 0);
    if (!follows) this.wrong(`heard number ${number} of ${from} behind number ${before?.number}`);
    this.#heard.set(from, { number, visit: this.visits });
    if (from !== this.name) return;
    this.confirmed = number;
    this.latencies.push(performance.now() - sentAt);
  }
}

/** Native client: when its connection is ended it connects anew. */
export class NativeTalker extends Talker {
  readonly kind = 'native';
  readonly #gateway: Addressed;
  #peer: RawConnection | null = null;
  #isOver = false;

  constructor(name: string, gateway: Addressed, wrong: (what: string) => void) {
    super(name, wrong);
    this.#gateway = gateway;
    void this.#live();
  }

  leave(): void {
    this.#isOver = true;
    this.#peer?.reset();
  }

  protected send(text: string): boolean {
    this.#peer?.send(message(this.name, text));
    return this.#peer !== null;
  }

  async #live(): Promise<void> {
    while (!this.#isOver) {
      // A proxy that has no gateway at the moment refuses, and is asked again.
      await this.#visit().catch(() => {});
      this.dropped();
      await sleep(200);
    }
  }

  async #visit(): Promise<void> {
    const peer = await connectRaw(this.#gateway, 'tcp');
    this.#peer = peer;
    const decoder = new Decoder('server');
    peer.inbox.divert(
      (bytes) => {
        decoder.push(bytes);
        for (let command = decoder.next(); command; command = decoder.next())
          if (command.opcode === Opcode.LOGIN_ACCEPTED) this.accepted();
          else if (command.opcode === Opcode.LOGIN_REFUSED) peer.end();
          else this.received(command);
      },
      () => {
        this.dropped();
        peer.end();
      },
    );
    peer.send(login(this.name));
    await peer.over;
    this.#peer = null;
  }
}

/** Page, with the connection code of the real one. */
export class PageTalker extends Talker {
  readonly kind = 'page';
  /** Node that can resume it. */
  node: string | null = null;
  /** Number of times that it resumed, and that its name was still taken. */
  resumed = 0;
  held = 0;
  readonly #connection: Connection;
  readonly #url: string;

  constructor(name: string, { addresses: { http } }: Addressed, wrong: (what: string) => void) {
    super(name, wrong);
    usePageSockets();
    followNodes();
    const url = urlOfPage(`ws://${http.host}:${http.port}`);
    this.#url = url;
    const ask = () => isThere(`http://${http.host}:${http.port}/healthz`);
    this.#connection = new Connection({
      ask,
      open: (options) => {
        const stream = new PageStream({ ...options, url, ask });
        onSession.set(stream, (node) => (this.node = node));
        return stream;
      },
      report: (event) => {
        if (event.type === 'accepted') this.accepted();
        else if (event.type === 'dropped' || event.type === 'lost') this.dropped();
        else if (event.type === 'resumed') this.#resumed();
        else if (event.type === 'name-held') this.held++;
        else if (event.type === 'received') this.received(event.command);
        // A page at the beginning is like one that somebody opens; later it comes back by itself, or it is a fault.
        else if (event.type === 'unreachable' && this.visits === 0) this.#connection.join(name);
        else if (event.type !== 'control') this.wrong(`the page is ${event.type}`);
      },
    });
    this.#connection.join(name);
  }

  /** Breaks its WebSocket, without a close frame. */
  break(): void {
    breakPage(this.#url);
  }

  leave(): void {
    this.#connection.leave();
  }

  #resumed(): void {
    this.resumed++;
    this.goesOn();
  }

  protected send(text: string): boolean {
    return this.#connection.send((client) => client.broadcast(text)) !== null;
  }
}

/** Functions that are told the node of a page's stream, as the server says it. */
const onSession = new WeakMap<object, (node: string | null) => void>();

function followNodes(): void {
  taps.add(noteNode);
}

function noteNode(stream: object, direction: string, data: Uint8Array | string): void {
  if (direction !== 'received' || typeof data !== 'string' || !data.includes('"session"')) return;
  const { type, node } = JSON.parse(data) as { readonly type: string; readonly node?: string };
  if (type === 'session') onSession.get(stream)?.(node ?? null);
}

/** Asks as the page does, over HTTP. */
function isThere(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { method: 'HEAD', timeout: 4000 }, (response) => {
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
