/** Upgrades a cluster under load, and checks every delivery: `node test/cluster/upgrade.ts --clients 500 --rate 50`. */
import { parseArgs } from 'node:util';
import { upgrade } from './support/upgrade.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '500' },
    /** Messages per second, of all clients together. */
    rate: { type: 'string', default: '50' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(
    'Usage: node test/cluster/upgrade.ts [--clients 500] [--rate 50 messages a second, of all together]',
  );
  process.exit(0);
}
const { wrongs, ...figures } = await upgrade({
  clients: Number(values.clients),
  rate: Number(values.rate),
  report: (line) => console.log(line),
});
console.log(`wrong: ${wrongs.length}`, figures);
process.exit(wrongs.length > 0 ? 1 : 0);
