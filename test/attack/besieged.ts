/** Gateways that are attacked: one, or two that are one room on a real engine. */
import { alternating } from '../cluster/support/alternating.ts';
import { pause } from '../cluster/support/engine.ts';
import { Cluster } from '../cluster/support/gateways.ts';
import { MeasuredGateway, type MeasuredOptions } from '../support/measured-gateway.ts';
import type { Addressed } from '../support/raw-connection.ts';

/** Heap of the gateway, in MB; it is small, so that memory that grows without bound ends the process. */
const HEAP = 256;

/** The gateway that is attacked, and where the bystanders are. */
export interface Besieged {
  readonly gateway: MeasuredGateway;
  /** Gives each bystander the next of the gateways. */
  readonly room: Addressed;
  /** The other gateway of the room, if there is one. */
  readonly other: MeasuredGateway | null;
  readonly stop: () => Promise<void>;
}

type Options = Omit<MeasuredOptions, 'flags'>;

/** Starts a gateway with the default settings, but for its small heap. */
export function startQuiet(flags: readonly string[], options: Options = {}): Promise<MeasuredGateway> {
  return MeasuredGateway.start({ ...options, flags, nodeFlags: [`--max-old-space-size=${HEAP}`] });
}

/** Starts one gateway, which is the room by itself. */
export async function startOne(flags: readonly string[], options?: Options): Promise<Besieged> {
  const gateway = await startQuiet(flags, options);
  return {
    gateway,
    room: gateway,
    other: null,
    stop: () => {
      if (!gateway.hasEnded) gateway.kill('SIGKILL');
      return Promise.resolve();
    },
  };
}

/** Starts two gateways that are one room; the first is attacked. */
export async function startTwo(flags: readonly string[], options?: Options): Promise<Besieged> {
  const cluster = await Cluster.start({ nodes: 0 });
  const nodes: MeasuredGateway[] = [];
  const stop = async () => {
    for (const node of nodes) if (!node.hasEnded) node.kill('SIGKILL');
    await Promise.all(nodes.map(({ exit }) => exit));
    await cluster.stop();
  };
  try {
    for (let count = 0; count < 2; count++) nodes.push(await startQuiet(cluster.flagsOfNext(flags), options));
    await Promise.all(nodes.map(untilReady));
    const [gateway, other] = nodes as [MeasuredGateway, MeasuredGateway];
    return { gateway, room: alternating(nodes), other, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves when a gateway has joined the room: it listens before. */
async function untilReady({ addresses: { http } }: Addressed): Promise<void> {
  const ask = () => fetch(`http://${http.host}:${http.port}/readyz`).catch(() => null);
  while ((await ask())?.status !== 200) await pause();
}
