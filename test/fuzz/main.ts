/** Runs `npm run fuzz`: the decoder, the operator's listener, then a whole gateway; prints figures and faults. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { UNLIMITED_FLAGS } from '../support/unlimited.ts';
import { MeasuredGateway } from '../support/measured-gateway.ts';
import { fuzzCluster } from './cluster.ts';
import { fuzzDecoder } from './decoder.ts';
import { fuzzOperator } from './operator.ts';
import { HELP, readOptions, UsageError } from './options.ts';
import { fuzzResumed } from './resumed.ts';
import { fuzzServer } from './server/run.ts';
import { KINDS, SECURE_WAYS, type Way } from '../support/raw-connection.ts';

const MEGA = 1e6;
/** Number of commands, at most, before the gateway's memory is first read: by then it has grown to what it needs. */
const WARM_UP = 50_000;

try {
  const options = readOptions(process.argv.slice(2));
  const { inputs, commands, requests, wss, resumed, seed, help, isCluster } = options;
  if (help) console.log(HELP);
  else if (isCluster) console.log((await fuzzCluster(options)).join('\n'));
  else {
    if (inputs > 0) runDecoder(inputs, seed);
    if (requests > 0) await runOperator(requests, seed);
    if (commands > 0) await runServer('gateway', commands, seed, KINDS);
    if (wss > 0) await runServer('gateway over TLS', wss, seed, SECURE_WAYS);
    if (resumed > 0) await runResumed(resumed, seed);
  }
} catch (error) {
  console.error(`fuzz: ${(error as Error).message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function runDecoder(inputs: number, seed: number): void {
  const before = heapAfterCollection();
  const start = performance.now();
  const every = Math.ceil(inputs / 10);
  const report = fuzzDecoder(inputs, seed, (count) => {
    if (count % every === 0) console.error(`decoder: ${count} of ${inputs}`);
  });
  const seconds = (performance.now() - start) / 1000;
  const rate = Math.round(inputs / seconds);
  console.log(
    `decoder: ${inputs} inputs, ${mega(report.bytes)} MB, in ${seconds.toFixed(0)} s (${rate}/s): ` +
      `${report.commands} commands read, ${report.unreadable} inputs unreadable, none read wrongly; ` +
      `heap ${mega(before)} MB before, ${mega(heapAfterCollection())} MB after`,
  );
}

async function runOperator(requests: number, seed: number): Promise<void> {
  const start = performance.now();
  const every = Math.ceil(requests / 10);
  const { taken, bansKept } = await fuzzOperator(requests, seed, (count) => {
    if (count % every === 0) console.error(`operator: ${count} of ${requests}`);
  });
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `operator: ${requests} requests in ${seconds.toFixed(0)} s: ${taken} changed something, none failed, ` +
      `${bansKept} bans kept as they are in force; as many patterns mean what they should`,
  );
}

async function runServer(name: string, commands: number, seed: number, ways: readonly Way[]): Promise<void> {
  await onGateway(async (gateway, finish) => {
    const warmUp = await fuzzServer(gateway, Math.min(WARM_UP, commands / 2), seed + 1, undefined, ways);
    const before = await gateway.memory();
    const start = performance.now();
    const onProgress = progress(name, commands, gateway);
    const report = await fuzzServer(gateway, commands - warmUp.commands, seed, onProgress, ways);
    const seconds = (performance.now() - start) / 1000;
    const after = await gateway.memory();
    await finish();
    console.log(
      `${name}: ${report.commands} commands in ${seconds.toFixed(0)} s (${Math.round(report.commands / seconds)}/s) ` +
        `on ${report.connections} connections (${ways.join(', ')}): ` +
        `${report.broadcasts} broadcasts heard by all in one order, ` +
        `${report.established} private connections to their last byte, ${report.broken} broken, ` +
        `${report.unclaimed} connect_ids unclaimed; nothing reached anyone that was not sent to them; ` +
        memoryWords(before, after),
    );
  });
}

async function runResumed(inputs: number, seed: number): Promise<void> {
  await onGateway(async (gateway, finish) => {
    await fuzzResumed(gateway, Math.min(WARM_UP, Math.ceil(inputs / 10)), seed + 1);
    const before = await gateway.memory();
    const start = performance.now();
    const report = await fuzzResumed(gateway, inputs, seed, progress('resumed', inputs, gateway));
    const seconds = (performance.now() - start) / 1000;
    const after = await gateway.memory();
    await finish();
    console.log(
      `resumed: ${report.inputs} inputs, ${mega(report.bytes)} MB in ${report.pieces} pieces, in ${seconds.toFixed(0)} s ` +
        `over ${report.connections} private connections of pages that went on ${report.resumed} times: ` +
        `every byte came once, in order, to the end; ${memoryWords(before, after)}`,
    );
  });
}

/**
 * Runs a gateway in a process of its own for `run`, which ends it by the function it is given; the gateway must have
 * logged no error.
 */
async function onGateway(
  run: (gateway: MeasuredGateway, finish: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const defects: string[] = [];
  const gateway = await MeasuredGateway.start({
    isSecure: true,
    // A busy machine must not make the gateway reject connections here.
    flags: ['--log-level=info', '--max-loop-delay=1h', ...UNLIMITED_FLAGS],
    onLine: (line) => {
      if (/"level":[56]0|UnhandledPromise|^\s+at /.test(line)) defects.push(line);
    },
  });
  try {
    await run(gateway, async () => {
      const { code, signal } = await gateway.stop();
      if (code !== 0)
        throw new Error(`the gateway ended with ${code ?? signal}: ${gateway.lastLines.join('\n')}`);
      if (defects.length > 0) throw new Error(`the gateway complained:\n${defects.join('\n')}`);
    });
  } finally {
    if (!gateway.hasEnded) gateway.kill('SIGKILL');
  }
}

function progress(name: string, all: number, gateway: MeasuredGateway): (count: number) => void {
  let told = 0;
  return (count) => {
    if (count - told < all / 10) return;
    told = count;
    console.error(`${name}: ${count} of ${all}, ${mega(gateway.residentBytes())} MB resident`);
  };
}

function memoryWords(before: NodeJS.MemoryUsage, after: NodeJS.MemoryUsage): string {
  return (
    `resident after a collection ${mega(before.rss)} MB before, ${mega(after.rss)} MB after; ` +
    `heap ${mega(before.heapUsed)} and ${mega(after.heapUsed)} MB`
  );
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

function mega(bytes: number): string {
  return (bytes / MEGA).toFixed(1);
}
