/** Runs `npm run soak`: everything at once, for a while, with every delivery checked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BUSY_FLAGS } from '../support/unlimited.ts';
import { MeasuredGateway } from '../support/measured-gateway.ts';
import { dice } from '../support/random.ts';
import { SECRET } from './chatter.ts';
import { soakCluster } from './cluster.ts';
import { Crowd } from './crowd.ts';
import { letLoose } from './hostile.ts';
import { Network } from './network.ts';
import { HELP, readOptions, UsageError, type Options } from './options.ts';
import { ID_LIFETIME } from './relays.ts';
import { Report } from './report.ts';
import { PROXY } from './ways.ts';

/** Minutes before the memory is read that the end is compared with; half of a run that is not twice as long. */
const SETTLED = 5;
/** Most growth of resident memory since then, at the end. */
const MOST_GROWTH = 1.05;
/** Part of each minute, about, in which talk has stopped. */
const SETTLING = 0.05;
const MINUTE = 60_000;

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(HELP);
  else if (!(await (options.isCluster ? soakCluster(options.minutes, options.seed) : soak(options))))
    process.exitCode = 1;
} catch (error) {
  console.error(`soak: ${error instanceof UsageError ? error.message : String((error as Error).stack)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
} finally {
  // The process need not wait for the connections of the bad network.
  setImmediate(() => process.exit());
}

/** Runs the soak; true when nothing was wrong. */
async function soak({ minutes, clients, seed, flags }: Options): Promise<boolean> {
  const report = new Report();
  const gateway = await MeasuredGateway.start({
    isSecure: true,
    // A busy machine must not make the gateway reject connections here.
    flags: [
      '--log-level=info',
      '--max-loop-delay=1h',
      `--proxies=${PROXY}/32`,
      `--id-lifetime=${ID_LIFETIME / 1000}s`,
      ...BUSY_FLAGS,
      ...flags,
    ],
    onLine: (line) => {
      if (line.includes(SECRET)) report.wrong(`a message in the log: ${line}`);
      if (/"level":[56]0|^\s+at /.test(line)) report.wrong(`the gateway complained: ${line}`);
    },
  });
  void gateway.exit.then(({ code, signal }) => {
    if (!report.isOver)
      report.wrong(`the gateway ended: ${code ?? signal}: ${gateway.lastLines.slice(-10).join('\n')}`);
  });
  const roll = dice(seed);
  const network = await Network.before(gateway, seed, roll);
  const onWrong = (what: string) => report.wrong(what);
  const crowd = new Crowd(clients, network, roll, onWrong);
  await crowd.start();
  let names = 0;
  let isOver = false;
  const hostile = letLoose({
    gateway,
    roll: dice(seed + 1),
    name: () => `h${++names}`,
    isOver: () => isOver,
    count: (what) => report.count(what),
    onWrong,
  });

  const baselineAt = Math.min(SETTLED, minutes / 2);
  let baseline: number | null = null;
  let last = 0;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / MINUTE;
  for (let minute = 1; elapsed() < minutes - SETTLING && !gateway.hasEnded; minute++) {
    crowd.talk();
    const until = Math.min(minute, minutes, baseline === null ? baselineAt : Infinity) * MINUTE;
    await sleep(Math.max(1000, start + until - SETTLING * MINUTE - performance.now()));
    const missing = await crowd.settle();
    if (missing !== null) report.wrong(missing);
    const memory = await gateway.memory();
    last = memory.rss;
    report.minute(elapsed(), gateway, memory, crowd);
    if (baseline === null && elapsed() >= baselineAt - 2 * SETTLING) baseline = memory.rss;
  }
  isOver = true;
  await hostile;
  await crowd.leave();
  await network.stop();
  return report.conclude(gateway, { baseline: baseline ?? last, last, most: MOST_GROWTH, baselineAt });
}
