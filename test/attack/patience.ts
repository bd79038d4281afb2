/** Measures slow but well-behaved clients in real time: none may be cut, whatever the transport. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Couple } from '../support/couple.ts';
import { ESTABLISHED } from '../support/relay-hex.ts';
import { ACCEPTED, bytes, login, loginPrivate, message } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, Way } from '../support/raw-connection.ts';
import { SLOWEST_ECHO, type Finding } from './bounds.ts';
import { Bystanders } from './bystanders.ts';
import { stopBounds, type Settings } from './siege.ts';
import { startQuiet } from './besieged.ts';
import type { MeasuredGateway } from '../support/measured-gateway.ts';

const SECOND = 1000;
const WAYS = ['tcp', 'tls', 'websocket', 'wss'] as const;
/** Longer than every deadline: the longest is the two minutes for identification. */
const LONG = 130 * SECOND;
const EACH = 5;
const BYSTANDERS = 50;

/** Slow client, a person or a program: rejects when it is cut or refused. */
type Slow = (gateway: MeasuredGateway, way: Way, name: string) => Promise<void>;

async function enter(gateway: MeasuredGateway, way: Way, name: string): Promise<RawConnection> {
  const endpoint = await connectRaw(gateway, way);
  await endpoint.write(bytes(login(name)));
  if ((await endpoint.inbox.read(1)) !== ACCEPTED) throw new Error('refused');
  endpoint.inbox.divert(() => {});
  return endpoint;
}

/** Resolves when the time has passed; rejects when the connection ends before. */
async function stays(endpoint: RawConnection, milliseconds: number): Promise<void> {
  const ending = await Promise.race([endpoint.over, sleep(milliseconds, null)]);
  if (ending) throw new Error(`cut: ${ending.code ?? 'ended'} ${ending.reason ?? ''}`);
}

const SLOW: Readonly<Record<string, Slow>> = {
  async idle(gateway, way, name) {
    await stays(await enter(gateway, way, name), LONG);
  },
  async busy(gateway, way, name) {
    const endpoint = await enter(gateway, way, name);
    const until = performance.now() + LONG;
    // The LOGIN is sent in two pieces, since a command that is not complete has a deadline, too.
    const said = message(name, 'still here');
    while (performance.now() < until) {
      await endpoint.write(bytes(said.slice(0, 12)));
      await stays(endpoint, 500);
      await endpoint.write(bytes(said.slice(12)));
      await stays(endpoint, 500);
    }
  },
  async 'a name after 31 s'(gateway, way, name) {
    const endpoint = await connectRaw(gateway, way);
    await stays(endpoint, 31 * SECOND);
    await endpoint.write(bytes(login(name)));
    if ((await endpoint.inbox.read(1)) !== ACCEPTED) throw new Error('refused');
  },
  async 'another name 33 s after a refusal'(gateway, way, name) {
    const endpoint = await connectRaw(gateway, way);
    await endpoint.write(bytes(login('\u0000')));
    await endpoint.inbox.read(1);
    for (const word of ['', ' x']) {
      await stays(endpoint, 33 * SECOND);
      await endpoint.write(bytes(login(word)));
      await endpoint.inbox.read(1);
    }
    await stays(endpoint, 33 * SECOND);
    await endpoint.write(bytes(login(name)));
    if ((await endpoint.inbox.read(1)) !== ACCEPTED) throw new Error('refused');
  },
  async 'a connect_id by hand after 65 s'(gateway, way, name) {
    const couple = await Couple.join(gateway, [`${name} a`, `${name} b`]);
    const id = await couple.negotiate();
    const [first, second] = [await connectRaw(gateway, way), await connectRaw(gateway, way)];
    await first.write(bytes(loginPrivate(id)));
    await Promise.all([stays(first, 65 * SECOND), stays(second, 65 * SECOND)]);
    await second.write(bytes(loginPrivate(id)));
    for (const endpoint of [first, second]) await endpoint.inbox.expect(ESTABLISHED);
    await first.write(bytes('aabb'));
    await second.inbox.expect('aabb');
    couple.leave();
  },
};

export async function measurePatience({ scale, flags }: Settings): Promise<Finding> {
  const gateway = await startQuiet(flags, { isSecure: true });
  try {
    const bystanders = await Bystanders.gather(gateway, Math.ceil(BYSTANDERS / scale));
    bystanders.talk();
    const waits = Object.entries(SLOW).flatMap(([what, spend], kind) =>
      WAYS.flatMap((way, over) =>
        Array.from({ length: Math.ceil(EACH / scale) }, async (_, i) => {
          try {
            await spend(gateway, way, `s${kind}-${over}-${i}`);
            return null;
          } catch (error) {
            return `${what} over ${way}: ${(error as Error).message}`;
          }
        }),
      ),
    );
    const done = Promise.all(waits);
    const { p50, p99, most } = await bystanders.measure(LONG / SECOND);
    const failures = (await done).filter((failure) => failure !== null);
    bystanders.hush();
    const { lost } = bystanders;
    const ended = await gateway.stop();
    bystanders.leave();
    return {
      lines: [
        `${waits.length} waits over ${WAYS.join(', ')}: ${Object.keys(SLOW).join(', ')}; cut: ${failures.length}`,
        ...new Set(failures),
        `bystanders: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)} ms`,
        `exit code ${ended.code ?? ended.signal} ${Math.round(ended.milliseconds)} ms after SIGTERM`,
      ],
      bounds: [
        { what: 'slow ones cut', figure: failures.length, most: 0 },
        { what: 'slowest echo, ms', figure: most, most: SLOWEST_ECHO },
        { what: 'bystanders cut off', figure: lost, most: 0 },
        ...stopBounds(ended),
      ],
    };
  } finally {
    if (!gateway.hasEnded) gateway.kill('SIGKILL');
  }
}
