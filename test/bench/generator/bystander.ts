/**
 * Thread of the storm: somebody who talks by TCP, and hears itself. In a thread of its own, since the one that is all the
 * pages is busy with reading what they get.
 */
import { performance } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { parseControl } from '../../../shared/protocol/control.ts';
import { encode } from '../../../shared/protocol/encoder.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { Job } from '../jobs.ts';
import { connectTo } from './crowd.ts';
import { DIALECTS, nameOf } from './dialects.ts';

/** Interval of the messages, in ms: few, since each goes to everyone. */
const SAYS_EVERY = 200;

interface Order extends Pick<Job, 'target' | 'run'> {
  /** The first of the numbers that its names are made of. */
  readonly index: number;
}

/** Handle on the thread. */
export class Bystander {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async enter(order: Order): Promise<Bystander> {
    const worker = new Worker(new URL(import.meta.url), { workerData: order });
    await once(worker, 'message');
    return new Bystander(worker);
  }

  /** Comes in as one more page; resolves with the time, in ms, from its LOGIN until it has the whole list. */
  listTime(): Promise<number> {
    return this.#ask('list');
  }

  /** The slowest of its messages since it was asked last, in ms, one that is on its way included. */
  slowest(): Promise<number> {
    return this.#ask('slowest');
  }

  leave(): void {
    void this.#worker.terminate();
  }

  async #ask(what: 'list' | 'slowest'): Promise<number> {
    const answer = once(this.#worker, 'message') as Promise<[number]>;
    this.#worker.postMessage(what);
    return (await answer)[0];
  }
}

async function talk({ target, run, index }: Order): Promise<() => number> {
  const dialect = DIALECTS[target.dialect];
  const wire = await connectTo(target, 'tcp');
  await dialect.join(wire, nameOf(run, index));
  const { before, after } = dialect.post(nameOf(run, index));
  const said = Buffer.concat([before, Buffer.alloc(64, 'x'), after]);
  let slowest = 0;
  let saidAt: number | null = null;
  const hear = (): void => {
    if (saidAt !== null) slowest = Math.max(slowest, performance.now() - saidAt);
    saidAt = null;
  };
  wire.divert(hear);
  setInterval(() => {
    if (saidAt !== null) return;
    saidAt = performance.now();
    wire.write(said);
  }, SAYS_EVERY);
  return () => {
    const time = Math.max(slowest, saidAt === null ? 0 : performance.now() - saidAt);
    slowest = 0;
    return time;
  };
}

async function listTime({ target, run, index }: Order): Promise<number> {
  const { path, subprotocol } = DIALECTS[target.dialect].endpoint;
  const page = new WebSocket(`ws://127.0.0.1:${target.ports.ws}${path}`, subprotocol ?? []);
  await once(page, 'open');
  const { promise, resolve } = Promise.withResolvers<number>();
  const start = performance.now();
  page.on('message', (data: Buffer, isBinary) => {
    const told = isBinary ? null : parseControl(data.toString());
    // Where there is no control channel there is no list to wait for.
    const isAll = told ? 'logins' in told && !told.more : subprotocol !== DIALECTS.page.endpoint.subprotocol;
    if (isAll) resolve(performance.now() - start);
  });
  page.send(encode({ opcode: Opcode.LOGIN, login: nameOf(run, index + 1) }));
  const time = await promise;
  page.terminate();
  return time;
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  const order = workerData as Order;
  const slowest = await talk(order);
  port.on('message', (what) => {
    if (what === 'slowest') port.postMessage(slowest());
    else void listTime(order).then((time) => port.postMessage(time));
  });
  port.postMessage('ready');
}
