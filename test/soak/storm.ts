/**
 * Storm of private connections, many at once and large, whose readers pause now and then: each byte must come in its
 * place, and each connection to its end. Small buffers of the system find most (a network namespace has its own: `ip link
 * set lo up mtu 1500; sysctl -w net.ipv4.tcp_wmem="4096 16384 131072" net.ipv4.tcp_rmem=…`).
 *
 *     node test/soak/storm.ts [--minutes 5] [--pairs 12] [--breaks] [--seed 1]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MeasuredGateway } from '../support/measured-gateway.ts';
import { dice, type Roll } from '../support/random.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { BUSY_FLAGS } from '../support/unlimited.ts';
import { Chatter, type ChatterEvents } from './chatter.ts';
import { Ledger } from './ledger.ts';
import { Network } from './network.ts';
import { ID_LIFETIME, Relays } from './relays.ts';
import { PROXY } from './ways.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    pairs: { type: 'string', default: '12' },
    breaks: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});
const until = performance.now() + Number(values.minutes) * 60_000;
const seed = Number(values.seed);
const roll: Roll = dice(seed);
let wrongs = 0;
const wrong = (what: string): void => {
  wrongs++;
  console.log(`WRONG (${new Date().toISOString()}): ${what}`);
};

const gateway = await MeasuredGateway.start({
  isSecure: true,
  flags: [
    '--log-level=info',
    '--max-loop-delay=1h',
    `--id-lifetime=${ID_LIFETIME / 1000}s`,
    `--proxies=${PROXY}/32`,
    ...BUSY_FLAGS,
  ],
  onLine: (line) => {
    if (/"level":[56]0|^\s+at /.test(line)) wrong(`the gateway complained: ${line}`);
  },
});
const network = await Network.before(gateway, seed, roll);
const relays = new Relays(
  roll,
  [network.good, network.bad],
  () => `127.50.${roll(250)}.${1 + roll(250)}`,
  wrong,
  { pauses: true, most: 12_000_000, mayBreak: values.breaks },
);
const events: ChatterEvents = {
  onWrong: wrong,
  onLatency: () => {},
  onId: (_chatter, requester, target, id) => relays.negotiated(requester, target, id),
  onOver: () => {},
};
const ledger = new Ledger();

async function enter(name: string, index: number): Promise<Chatter> {
  const endpoint = await connectRaw(gateway, 'tcp', `127.20.0.${1 + index}`);
  const chatter = new Chatter(name, endpoint, ledger, events, true);
  await chatter.enter();
  return chatter;
}

async function pair(index: number): Promise<void> {
  const [a, b] = [await enter(`a${index}`, 2 * index), await enter(`b${index}`, 2 * index + 1)];
  while (performance.now() < until) await relays.run(a, b);
}

const pairs = Array.from({ length: Number(values.pairs) }, (_, index) => pair(index));
const all = Promise.all(pairs).then(() => true);
for (let isOver = false; !isOver;) {
  isOver = await Promise.race([all, sleep(20_000, false)]);
  const { whole, broken, resumed, bytes, took, stoodStill } = relays.counts;
  console.log(
    `${new Date().toISOString()}: ${whole} whole, ${broken} broken, ${resumed} resumed, ${(bytes / 1e6).toFixed(0)} MB, slowest ${took.toFixed(0)}, still ${stoodStill.toFixed(0)} ms, wrong ${wrongs}`,
  );
}
process.exit(wrongs > 0 ? 1 : 0);
