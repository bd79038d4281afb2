/** Gateways and engine are replaced one after the other, behind a proxy and under load (`node test/cluster/upgrade.ts`). */
import { expect, it } from 'vitest';
import { upgrade } from '../support/upgrade.ts';

it(
  'an upgrade loses nothing that was said, and all clients come back by themselves',
  { timeout: 400_000 },
  async () => {
    const clients = 20;
    const report = await upgrade({ clients, rate: 40, report: (line) => console.info(line) });
    expect(report.wrongs).toEqual([]);
    // Everybody was at one of the two gateways, and perhaps at the other one afterwards.
    expect(report.pagesBack).toBeGreaterThanOrEqual(clients / 2);
    expect(report.nativesBack).toBeGreaterThanOrEqual(clients / 2);
  },
);
