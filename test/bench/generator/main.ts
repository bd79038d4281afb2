/** Generator process: one measurement. Its argument is the job, its output the figures. */
import type { Figures, Job, Task } from '../jobs.ts';
import { relaysBesideChat } from './beside.ts';
import { cluster, clusterRelay } from './cluster.ts';
import { connections, idle } from './connections.ts';
import { fanout } from './fanout.ts';
import { privateConnection } from './private.ts';
import { relay } from './relay.ts';
import { storm } from './storm.ts';

type Measure<T extends Task> = (job: Job<T>) => Promise<Figures>;

const MEASURES: { readonly [K in Task['kind']]: Measure<Extract<Task, { readonly kind: K }>> } = {
  fanout,
  relay,
  beside: relaysBesideChat,
  private: privateConnection,
  connect: connections,
  idle,
  storm,
  cluster,
  'cluster-relay': clusterRelay,
};

const job = JSON.parse(process.argv[2]!) as Job;
try {
  // Indexing the table by `kind` loses the type of the task.
  const figures = await (MEASURES[job.task.kind] as Measure<Task>)(job);
  process.stdout.write(JSON.stringify(figures), () => process.exit(0));
} catch (error) {
  process.stderr.write((error as Error).message, () => process.exit(1));
}
