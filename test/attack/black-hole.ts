/** Measures half of the clients behind a network that swallows everything for a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from '../support/fault-proxy.ts';
import { bytes, login } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { Bystanders } from './bystanders.ts';
import { SLOWEST_ECHO, type Finding } from './bounds.ts';
import { phase, stopBounds, type Settings } from './siege.ts';
import { startQuiet } from './besieged.ts';

const CLIENTS = 200;
/** Length of the black hole, in seconds. */
const HOLE = 30;

export async function measureBlackHole({ seconds, scale, flags }: Settings): Promise<Finding> {
  const gateway = await startQuiet(flags);
  const { tcp, http } = gateway.addresses;
  const localAddress = (index: number) => `127.70.${index >> 7}.${1 + (index & 127)}`;
  const proxies = [
    await FaultProxy.start({ target: tcp, localAddress }),
    await FaultProxy.start({ target: http, localAddress }),
  ] as const;
  try {
    const at = ({ host, port }: FaultProxy) => ({ host, port });
    const through = { addresses: { tcp: at(proxies[0]), http: at(proxies[1]), tcpLong64: null } };
    const bystanders = await Bystanders.gather(gateway, Math.ceil(CLIENTS / scale));
    const swallowed: RawConnection[] = [];
    for (let index = 0; index < Math.ceil(CLIENTS / scale); index++) {
      const endpoint = await connectRaw(through, index % 2 === 0 ? 'tcp' : 'websocket');
      endpoint.inbox.divert(() => {});
      await endpoint.write(bytes(login(`s${index}`)));
      swallowed.push(endpoint);
    }
    const clients = async () =>
      (await (await fetch(`http://${http.host}:${http.port}/healthz`)).json()) as {
        readonly clients: number;
      };
    bystanders.talk();
    await bystanders.measure(2);
    const lines = [(await phase('before', gateway, bystanders, seconds)).words];
    lines.push(`clients before: ${(await clients()).clients}`);
    for (const proxy of proxies) proxy.swallow();
    const during = await phase(`during ${HOLE} s`, gateway, bystanders, HOLE);
    lines.push(during.words);
    lines.push(`clients at its end: ${(await clients()).clients}`);
    for (const proxy of proxies) proxy.restore();
    lines.push((await phase('after', gateway, bystanders, seconds)).words);
    bystanders.hush();
    await sleep(2000);
    const { lost, missing } = bystanders;
    lines.push(`clients once it is restored: ${(await clients()).clients}`);
    lines.push(`bystanders cut off: ${lost}; messages that did not come: ${missing}`);
    bystanders.leave();
    for (const endpoint of swallowed) endpoint.reset();
    const ended = await gateway.stop();
    lines.push(`exit code ${ended.code ?? ended.signal} ${Math.round(ended.milliseconds)} ms after SIGTERM`);
    const bounds = [
      { what: 'slowest echo, ms', figure: during.latency.most, most: SLOWEST_ECHO },
      { what: 'bystanders cut off', figure: lost, most: 0 },
      { what: 'messages lost or out of order', figure: missing, most: 0 },
      ...stopBounds(ended),
    ];
    return { lines, bounds };
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    if (!gateway.hasEnded) gateway.kill('SIGKILL');
  }
}
