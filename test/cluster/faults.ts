/** Injects faults into nodes over a log in memory: `node test/cluster/faults.ts --faults 10000 --seed 1`. */
import { parseArgs } from 'node:util';
import { Chaos, type ChaosReport } from './replica/chaos.ts';

/** Faults in one world, after which all is healed and checked, and another one begins. */
const PER_WORLD = 250;

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(
    'Usage: node test/cluster/faults.ts [--faults 10000] [--seed NUMBER, by chance if none is given]',
  );
  process.exit(0);
}
const first = values.seed === undefined ? Math.trunc(Math.random() * 1e6) : Number(values.seed);
const wanted = Number(values.faults);
const total: ChaosReport = { faults: 0, messages: 0, logins: 0, established: 0, losses: 0, entries: 0 };
console.log(`seed ${first}`);
const started = performance.now();
for (let seed = first; total.faults < wanted; seed++) {
  const faults = Math.min(PER_WORLD, wanted - total.faults);
  try {
    const report = await new Chaos(seed).run(faults);
    for (const name of Object.keys(total) as (keyof ChaosReport)[]) total[name] += report[name];
  } catch (error) {
    console.error(`seed ${seed}, ${faults} faults:`, error);
    process.exit(1);
  }
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`, total);
