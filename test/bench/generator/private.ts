/** A private connection of a real page, beside a bare WebSocket of the same page: one after the other, each for a while. */
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, type Rolldown } from 'vite';
import { Chromium } from '../browser/chromium.ts';
import { delayProxy } from '../browser/delay-proxy.ts';
import type { Way } from '../browser/page-code.ts';
import type { Figures, Job, PrivateTask } from '../jobs.ts';
import { CHROMIUM, findProgram } from '../machine.ts';
import { grantPrivate, presentNative } from './relay.ts';
import { beginSpan } from './span.ts';
import type { Wire } from './wire.ts';

/** Seconds before the measurement: some round trips, in which windows grow. */
const WARM_UP = 1.5;
/** Bytes of one write of the native side. */
const BLOCK = Buffer.alloc(256 * 1024, 'x');

interface Measured {
  readonly megabytesPerSecond: number;
  readonly cpuSecondsPerGigabyte: number;
  readonly lost: number;
}

export async function privateConnection(job: Job<PrivateTask>): Promise<Figures> {
  const program = findProgram(CHROMIUM);
  if (program === null) throw new Error('there is no Chromium here');
  const { ws } = job.target.ports;
  const { port, server } =
    job.task.delay > 0 ? await delayProxy(ws, job.task.delay / 2) : { port: ws, server: null };
  const address = `127.0.0.1:${port}`;
  const chromium = await Chromium.open(program, `http://${address}/`);
  try {
    await chromium.evaluate(await pageCode());
    const bare = await measure(job, chromium, 'bare', `ws://${address}/ws`);
    const own = await measure(job, chromium, 'own', `ws://${address}/ws`);
    return {
      ...own,
      bareMegabytesPerSecond: bare.megabytesPerSecond,
      bareCpuSecondsPerGigabyte: bare.cpuSecondsPerGigabyte,
      rateOverBare: own.megabytesPerSecond / bare.megabytesPerSecond,
      cpuOverBare: own.cpuSecondsPerGigabyte / bare.cpuSecondsPerGigabyte,
      lost: own.lost + bare.lost,
    };
  } finally {
    await chromium.close();
    server?.close();
  }
}

async function measure(job: Job<PrivateTask>, chromium: Chromium, way: Way, url: string): Promise<Measured> {
  const { target, seconds, task } = job;
  // Logins of their own for each way, so that neither has to leave first.
  const connectId = await grantPrivate({ ...job, run: 2 * job.run + (way === 'own' ? 1 : 0) });
  const opened = chromium.evaluate(`chatonBench.open('${way}', '${url}', ${connectId})`);
  const native = await presentNative(job, connectId);
  await opened;
  native.divert((_bytes, start, end) => void (native.received += end - start));
  const inPage = () => chromium.evaluate('chatonBench.received()') as Promise<number>;
  const received = task.direction === 'up' ? () => Promise.resolve(native.received) : inPage;
  const stop = task.direction === 'up' ? await writeInPage(chromium) : writeNative(native);
  await sleep(WARM_UP * 1000);

  const before = await received();
  const end = beginSpan(target.pid);
  await sleep(seconds * 1000);
  const gigabytes = ((await received()) - before) / 1e9;
  const { elapsed, cpu } = end();

  const sent = await stop();
  for (let tries = 0; (await received()) < sent && tries < 200; tries++) await sleep(50);
  const lost = sent - (await received());
  native.socket.destroy();
  return { megabytesPerSecond: (gigabytes * 1000) / elapsed, cpuSecondsPerGigabyte: cpu / gigabytes, lost };
}

async function writeInPage(chromium: Chromium): Promise<() => Promise<number>> {
  await chromium.evaluate('chatonBench.write()');
  return () => chromium.evaluate('chatonBench.stop()') as Promise<number>;
}

function writeNative({ socket }: Wire): () => Promise<number> {
  let sent = 0;
  let stopped = false;
  const pump = (): void => {
    while (!stopped) {
      sent += BLOCK.length;
      if (!socket.write(BLOCK)) return;
    }
  };
  socket.on('drain', pump);
  pump();
  return () => {
    stopped = true;
    return Promise.resolve(sent);
  };
}

/** The page's code of this bench and all that it imports, as one script. */
async function pageCode(): Promise<string> {
  const entry = fileURLToPath(new URL('../browser/page-code.ts', import.meta.url));
  const built = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2023', lib: { entry, formats: ['iife'], name: 'bench' } },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[];
  return (Array.isArray(built) ? built[0]! : built).output[0].code;
}
