/** Runs the fuzz of commands and of resumed connections over two gateways that are one room, on a real engine. */
import { alternating } from '../cluster/support/alternating.ts';
import { Cluster } from '../cluster/support/gateways.ts';
import { UNLIMITED_FLAGS } from '../support/unlimited.ts';
import { fuzzResumed } from './resumed.ts';
import { fuzzServer } from './server/run.ts';

export interface ClusterFuzz {
  readonly commands: number;
  readonly resumed: number;
  readonly seed: number;
}

/** Sends each connection to the other gateway than the one before; throws at the first thing that is wrong. */
export async function fuzzCluster({ commands, resumed, seed }: ClusterFuzz): Promise<string[]> {
  // A busy machine must not make a gateway reject connections here.
  const flags = ['--log-level=info', '--max-loop-delay=1h', ...UNLIMITED_FLAGS];
  const cluster = await Cluster.start({ flags });
  const lines: string[] = [];
  try {
    const room = alternating(cluster.nodes);
    const start = performance.now();
    const seconds = () => ((performance.now() - start) / 1000).toFixed(0);
    if (commands > 0) {
      const report = await fuzzServer(room, commands, seed);
      lines.push(
        `two gateways: ${report.commands} commands on ${report.connections} connections after ${seconds()} s: ` +
          `${report.broadcasts} broadcasts heard by all in one order, ` +
          `${report.established} private connections to their last byte, ${report.broken} broken, ` +
          `${report.unclaimed} connect_ids unclaimed; nothing reached anyone that was not sent to them`,
      );
    }
    if (resumed > 0) {
      const report = await fuzzResumed(room, resumed, seed);
      lines.push(
        `two gateways, resumed: ${report.inputs} inputs in ${report.pieces} pieces after ${seconds()} s, over ` +
          `${report.connections} private connections of pages that went on ${report.resumed} times: ` +
          'every byte came once, in order, to the end',
      );
    }
    for (const node of cluster.nodes) {
      const code = await node.stop();
      if (code !== 0) throw new Error(`a gateway ended with ${code}`);
      const { stdout } = await node.exit;
      const defect = stdout.split('\n').find((line) => /"level":[56]0|UnhandledPromise|^\s+at /.test(line));
      if (defect !== undefined) throw new Error(`a gateway complained: ${defect}`);
      if (/taken for dead|diverged|fenced/.test(stdout)) throw new Error('a gateway was lost to the room');
    }
    return lines;
  } finally {
    await cluster.stop();
  }
}
