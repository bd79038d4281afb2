/** The attacks that are measured. */
import { measureBlackHole } from './black-hole.ts';
import { siege, type Settings } from './siege.ts';
import { measureStop } from './stop.ts';

export interface Case {
  readonly name: string;
  readonly title: string;
  /** Measures, and says the figures; throws when the gateway did not stand it. */
  readonly run: (settings: Settings) => Promise<string[]>;
}

export const CASES: readonly Case[] = [
  {
    name: 'stalled',
    title: '500 stalled readers of 1,000',
    run: siege({ attack: 'stall', count: 500, bystanders: 500 }),
  },
  {
    name: 'drips',
    title: '1,000 clients that send a byte a second',
    run: siege({ attack: 'drip', count: 1000, bystanders: 300 }),
  },
  { name: 'floods', title: '10 flooders', run: siege({ attack: 'flood', count: 10, bystanders: 300 }) },
  {
    name: 'resets',
    title: '1,000 upgrades reset on the way',
    run: siege({ attack: 'resets', count: 1000, bystanders: 300 }),
  },
  {
    name: 'descriptors',
    title: '400 connections to a gateway that may have 256 files open (ulimit -n 256)',
    run: siege({ attack: 'crowdOut', count: 400, bystanders: 40, openFiles: 256 }),
  },
  { name: 'black-hole', title: '200 of 400 clients in a black hole for 30 s', run: measureBlackHole },
  { name: 'stop', title: 'SIGTERM with 2,000 clients and 20 private connections', run: measureStop },
];
