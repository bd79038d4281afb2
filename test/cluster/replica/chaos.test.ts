import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Chaos } from './chaos.ts';

const RUNS = 12;
const FAULTS = 40;
/** Seed of a world in which two connect privately, and somebody is lost: in twelve worlds of chance there may be none. */
const EVENTFUL = 48;

it(
  'D8–D22: whatever is lost, doubled, late or dead: equal states, one holder of a login, nothing lost, twice or out of order',
  { timeout: 120_000 },
  async () => {
    const total = { messages: 0, logins: 0, established: 0, losses: 0, entries: 0, faults: 0 };
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 30 }), async (seed) => {
      const report = await new Chaos(seed).run(FAULTS);
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name];
    });
    // A failure prints its seed; so does `node test/cluster/faults.ts`, which makes thousands.
    await fc.assert(property, { numRuns: RUNS, examples: [[EVENTFUL]] });
    expect(total.faults).toBe(RUNS * FAULTS);
    for (const count of Object.values(total)) expect(count).toBeGreaterThan(0);
  },
);
