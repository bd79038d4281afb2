/** Runs a cluster on this machine, to look at: three NATS servers and two gateways, which are one room. */
import { parseArgs } from 'node:util';
import { ensureProgram, NATS_SERVER } from '../support/programs.ts';
import { Cluster } from './support/gateways.ts';

/** Interval of checks that npm, which started this, is still there, in ms. */
const LOOK_EVERY = 500;

const USAGE = `Runs several gateways as one room, on an engine of three NATS servers, all on this machine and on free ports.

Usage: npm run cluster -- [--nodes N]    (2 to 8; Ctrl-C ends it, and leaves nothing behind)`;

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '2' }, help: { type: 'boolean' } },
  strict: true,
});
const nodes = Number(values.nodes);
if (values.help || !Number.isInteger(nodes) || nodes < 2 || nodes > 8) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
if (!(await ensureProgram(NATS_SERVER))) process.exit(1);

console.log(`starting three NATS servers and ${nodes} gateways …`);
// A gateway of npm ends with who started it (see server/process/launcher.ts), even if that is killed.
process.env['npm_lifecycle_event'] = 'start';
const starting = Cluster.start({ nodes });
let isStopping = false;
const stop = async () => {
  if (isStopping) return;
  isStopping = true;
  // One that fails to start has cleared up after itself.
  await starting.then(
    (cluster) => cluster.stop(),
    () => {},
  );
  process.exit(0);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
const { ppid } = process;
// A signal to npm alone ends npm and its shell, and says nothing here.
setInterval(() => process.ppid !== ppid && void stop(), LOOK_EVERY).unref();
const cluster = await starting;

for (const [index, { addresses, exit }] of cluster.nodes.entries()) {
  const { http, tcp } = addresses;
  console.log(
    `gateway ${index + 1}: page on http://${http.host}:${http.port}, native clients on ${tcp.host}:${tcp.port}`,
  );
  void exit.then(({ code, signal }) => {
    if (!isStopping) console.log(`gateway ${index + 1} has ended (${signal ?? code}); the others go on`);
  });
}
console.log('Open the pages in two windows: it is one room. Ctrl-C ends it all.');
