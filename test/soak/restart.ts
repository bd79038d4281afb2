/**
 * A restart under thousands of pages: the gateway is told to stop, or killed, and started anew. All come back by
 * themselves, by the page's own code (1001 in slices, a wait by chance, a question over HTTP, a resume that is refused,
 * LOGIN, who is here), and send what they wrote meanwhile; nothing is lost, nothing comes twice, and the room answers
 * throughout. Exit code 1 when it was not so.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { cpuSeconds } from '../bench/proc.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { login, message } from '../support/raw-hex.ts';
import type { Addressed, RawConnection } from '../support/raw-connection.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { COLLECTOR, SPEAKER_EVERY, TEXTS, type Order, type Progress } from './restart-pages.ts';

const HELP = `Restarts a gateway under pages that run the page's own connection code, and checks that nothing is lost or comes twice.

Usage: node test/soak/restart.ts [flags] [-- flags of the gateway]

  --pages N      how many (10000)
  --addresses N  by which they come: a few schools, each behind one address (20)
  --signal NAME  that the gateway gets: SIGTERM, or SIGKILL (SIGTERM)
  --minutes N    within which each step has to be done (3)
  --help         this text`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pages: { type: 'string', default: '10000' },
    addresses: { type: 'string', default: '20' },
    signal: { type: 'string', default: 'SIGTERM' },
    minutes: { type: 'string', default: '3' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const count = Number(values.pages);
const addresses = Array.from({ length: Number(values.addresses) }, (_, i) => `198.51.100.${1 + i}`);
const PROCESSES = 2;
/** Another address than the pages' proxy has. */
const NO_PROXY = '127.0.0.2';

let wrongs = 0;
const wrong = (what: string): void => {
  wrongs++;
  console.log(`WRONG: ${what}`);
};

async function start(tcpPort = 0, httpPort = 0) {
  const flags = [
    `--tcp-port=${tcpPort}`,
    `--http-port=${httpPort}`,
    '--tcp-long64-port=0',
    '--proxies=127.0.0.1/32',
    ...positionals,
  ];
  const gateway = new GatewayProcess(flags);
  const { page, host, port } = await gateway.ready();
  const httpAddress = { host, port: Number(new URL(page).port) };
  const addresses: Addressed['addresses'] = { tcp: { host, port }, tcpLong64: null, http: httpAddress };
  return { gateway, base: page.replace(/\/$/, ''), addresses };
}

/** Whom the pages write to: counts each text it was sent. */
class Collector {
  readonly got = new Map<string, number>();
  readonly #decoder = new Decoder('server');

  async join(gateway: Addressed): Promise<void> {
    const peer = await connectRaw(gateway, 'tcp', NO_PROXY);
    peer.inbox.divert((data) => {
      this.#decoder.push(data);
      for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next())
        if (frame.opcode === Opcode.MESSAGE_PRIVATE) {
          const text = Buffer.from(frame.msg).toString();
          this.got.set(text, (this.got.get(text) ?? 0) + 1);
        }
    });
    peer.send(login(COLLECTOR));
  }
}

/** Times how long the room takes to answer somebody who asks all the time, in ms. */
class Bystander {
  slowest = 0;
  answers = 0;
  #peer: RawConnection | null = null;

  async join(gateway: Addressed): Promise<void> {
    const peer = await connectRaw(gateway, 'tcp', NO_PROXY);
    this.#peer = peer;
    const mine = Buffer.from(message('bystander', '?').replaceAll(' ', ''), 'hex');
    let askedAt = 0;
    let kept = Buffer.alloc(0);
    const ask = (): void => {
      if (peer !== this.#peer) return;
      askedAt = performance.now();
      peer.send(message('bystander', '?'));
    };
    peer.inbox.divert((data) => {
      kept = Buffer.concat([kept, data]);
      const at = kept.indexOf(mine);
      if (at < 0) {
        kept = kept.subarray(-mine.length);
        return;
      }
      kept = kept.subarray(at + mine.length);
      this.slowest = Math.max(this.slowest, performance.now() - askedAt);
      this.answers++;
      setTimeout(ask, 250);
    });
    peer.send(login('bystander'));
    ask();
  }

  leave(): void {
    this.#peer = null;
  }
}

const first = await start();
const bystander = new Bystander();
const collector = new Collector();
await bystander.join(first);
const children: ChildProcess[] = [];
const progress: Progress[] = [];
for (let i = 0; i < PROCESSES; i++) {
  const child = fork(fileURLToPath(new URL('restart-pages.ts', import.meta.url)));
  const of = (share: number) => Math.round((count * share) / PROCESSES);
  child.on('message', (told: Progress) => (progress[i] = told));
  child.send({ base: first.base, from: of(i), to: of(i + 1), addresses } satisfies Order);
  children.push(child);
}
const sum = (name: keyof Progress): number => progress.reduce((total, one) => total + one[name], 0);
const until = async (what: string, met: () => boolean): Promise<number> => {
  const begun = performance.now();
  const deadline = begun + Number(values.minutes) * 60_000;
  while (!met() && performance.now() < deadline) await sleep(100);
  if (!met()) wrong(`not within ${values.minutes} minutes: ${what} (${JSON.stringify(progress)})`);
  return (performance.now() - begun) / 1000;
};

const came = await until('all are in', () => sum('present') === count);
console.log(
  `${count} pages from ${addresses.length} addresses: in after ${came.toFixed(1)} s, slowest answer ${bystander.slowest.toFixed(0)} ms, ${cpuSeconds(first.gateway.pid).toFixed(1)} s of CPU`,
);

bystander.leave();
first.gateway.kill(values.signal as NodeJS.Signals);
const downAt = performance.now();
const { code } = await first.gateway.exit;
if (values.signal === 'SIGTERM' && code !== 0) wrong(`the gateway ended with ${code}`);
for (const child of children) child.send('write');
const acceptedBefore = sum('accepted');
const second = await start(first.addresses.tcp.port, first.addresses.http.port);
console.log(`down for ${((performance.now() - downAt) / 1000).toFixed(1)} s`);
await collector.join(second);
bystander.slowest = 0;
await bystander.join(second);
const speakers = Math.ceil(count / PROCESSES / SPEAKER_EVERY) * PROCESSES;
const back = await until(
  'all are back',
  () => sum('present') === count && sum('accepted') >= acceptedBefore + count,
);
const sent = await until(
  'every outbox is empty',
  () => sum('waiting') === 0 && collector.got.size === count * TEXTS,
);
const cpu = cpuSeconds(second.gateway.pid);
await sleep(2000);
const twice = [...collector.got.values()].filter((times) => times > 1).length;
if (collector.got.size !== count * TEXTS) wrong(`${count * TEXTS - collector.got.size} texts were lost`);
if (twice > 0) wrong(`${twice} texts came twice`);
if (sum('twice') > 0) wrong(`${sum('twice')} public texts came twice`);
if (sum('gone') > 0) wrong(`${sum('gone')} pages lost their name`);
console.log(
  `all back after ${back.toFixed(1)} s, outboxes sent ${sent.toFixed(1)} s later (${speakers} spoke to all); ` +
    `slowest answer ${bystander.slowest.toFixed(0)} ms of ${bystander.answers}; ${cpu.toFixed(1)} s of CPU, ` +
    `${((cpu * 1e6) / count).toFixed(0)} µs a page; names still taken ${sum('held')}; wrong: ${wrongs}`,
);
for (const child of children) child.disconnect();
second.gateway.kill('SIGTERM');
await second.gateway.exit;
process.exit(wrongs > 0 ? 1 : 0);
