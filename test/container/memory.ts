/** The least memory that the guide states: a room of 2,000 in it, and a health check every 5 seconds. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytes, message } from '../support/raw-hex.ts';
import { IMAGE, PORTS } from './build.ts';
import { enter, enterByWebSocket } from './client.ts';
import type { Container, Engine } from './engine.ts';
import type { Report } from './report.ts';

/** As the guide says, in MiB. */
export const LEAST_MEMORY = 128;
const CLIENTS = 1000;
const MESSAGES_EVERY = 100;
const CHECK_EVERY = 5000;
const MINUTE = 60_000;

/** Bytes that the group of this container has, and had at most, whichever version of control groups it is. */
const PEAK =
  'cat /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes 2>/dev/null; ' +
  'grep -h ^oom_kill /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null';

export async function checkMemory(engine: Engine, report: Report, minutes: number): Promise<void> {
  report.heading(`A room of ${2 * CLIENTS} in ${LEAST_MEMORY} MiB, for ${minutes} min`);
  const title = '1: nobody is killed, and it is never unhealthy';
  await report.check(title, async () => {
    const gateway = await engine.start([
      ...[
        '--init',
        '--memory',
        `${LEAST_MEMORY}m`,
        '--memory-swap',
        `${LEAST_MEMORY}m`,
        '--read-only',
        ...PORTS,
      ],
      ...['--health-interval', '5s', '--env', 'CHATON_EXEMPT_NETWORKS=0.0.0.0/0', IMAGE],
    ]);
    await gateway.ready();
    const room = await fill(gateway);
    const checks = await watch(gateway, room, minutes);
    assert.equal(room.lost, 0);
    const { stdout } = await gateway.exec('sh', '-c', PEAK);
    const peak = Number(/^\d+/.exec(stdout)?.[0]) / 1e6;
    assert.match(stdout, /^oom_kill 0$/m);
    assert.equal(await gateway.inspect('.State.OOMKilled'), 'false');
    await gateway.remove();
    const { took, failures } = checks;
    const slowest = Math.max(...took);
    return `${took.length} checks, ${failures.length} failed${failures.map((said) => ` (${said})`).join('')}, the slowest took ${slowest.toFixed(1)} s; ${peak.toFixed(0)} MB at the most; ${room.heard} messages delivered`;
  });
}

interface Room {
  heard: number;
  /** Clients whose connection has ended. */
  lost: number;
  readonly speak: () => void;
}

/** Brings everybody in, a few at a time. */
async function fill(gateway: Container): Promise<Room> {
  const [native, web] = [await gateway.port(7777), await gateway.port(8080)];
  const text = bytes(message('native 0', 'purr'));
  const room = { heard: 0, lost: 0, speak: () => {} };
  const lost = () => room.lost++;
  for (let index = 0; index < CLIENTS; index += 10) {
    const some = Array.from({ length: 10 }, (_, at) => index + at);
    await Promise.all(
      some.map(async (number) => {
        const socket = await enter(native, `native ${number}`);
        socket.on('data', (data) => (room.heard += data.length / text.length)).on('close', lost);
        if (number === 0) room.speak = () => socket.write(text);
        const page = await enterByWebSocket(web, `web ${number}`);
        page.on('message', () => room.heard++).on('close', lost);
      }),
    );
  }
  return room;
}

interface Checks {
  /** Time that each took, in seconds. */
  readonly took: number[];
  /** Answers of those that failed. */
  readonly failures: string[];
}

/** Has one speak ten times a second, and asks for the health; throws when the engine calls the container unhealthy. */
async function watch(gateway: Container, room: Room, minutes: number): Promise<Checks> {
  const speaking = setInterval(room.speak, MESSAGES_EVERY);
  const checks: Checks = { took: [], failures: [] };
  const end = performance.now() + minutes * MINUTE;
  try {
    while (performance.now() < end) {
      const started = performance.now();
      const { code, said, status } = await gateway.health();
      checks.took.push((performance.now() - started) / 1000);
      if (code !== 0) checks.failures.push(`check ${checks.took.length}: ${said}`);
      assert.notEqual(status, 'unhealthy', checks.failures.join('; '));
      assert.ok(await gateway.isRunning(), 'it has ended');
      await sleep(Math.max(0, CHECK_EVERY - (performance.now() - started)));
    }
  } finally {
    clearInterval(speaking);
  }
  return checks;
}
