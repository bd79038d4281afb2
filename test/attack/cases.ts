/** Table of the attacks that are measured. */
import { measureBlackHole } from './black-hole.ts';
import { FLOODED_P99, STORM_P99, type Finding } from './bounds.ts';
import { LOG_SINKS } from '../support/log-sink.ts';
import { measurePatience } from './patience.ts';
import { siege, type Settings } from './siege.ts';
import { measureStop } from './stop.ts';

export interface Case {
  readonly name: string;
  readonly title: string;
  /** Measures, and prints the figures; throws when the gateway did not withstand the attack. */
  readonly run: (settings: Settings) => Promise<Finding>;
}

/** Cases that matter to a cluster: what is costly at one gateway reaches the others through the log. */
export const CLUSTER_CASES: readonly string[] = ['stalled', 'floods', 'presence', 'guesses'];

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
  {
    name: 'floods',
    title: '10 flooders',
    run: siege({ attack: 'flood', count: 10, bystanders: 300, p99: FLOODED_P99 }),
  },
  {
    name: 'presence',
    title: 'one address that comes and goes as fast as it may, in a room of 1,000 pages',
    run: siege({
      attack: 'comeAndGo',
      count: 16,
      bystanders: 1000,
      arePages: true,
      rate: 20,
      p99: STORM_P99,
    }),
  },
  {
    name: 'guesses',
    title: '64 addresses that present wrong connect_ids as fast as they may',
    run: siege({ attack: 'guess', count: 64, bystanders: 300 }),
  },
  {
    name: 'resets',
    title: '1,000 upgrades reset on the way',
    run: siege({ attack: 'resets', count: 1000, bystanders: 300 }),
  },
  {
    name: 'descriptors',
    title: '400 connections to a gateway that may have 256 files open (ulimit -n 256)',
    run: siege({ attack: 'crowdOut', count: 400, bystanders: 40, start: { openFiles: 256 } }),
  },
  {
    name: 'held-pieces',
    title: '40 private connections of pages, held back, that are sent 120,000 frames of a byte each',
    // Bounds: the pending bytes of a reading page, and what the writing page has sent beyond that.
    run: siege({ attack: 'heldPieces', count: 40, bystanders: 300, memoryEach: 2 * 256 + 2 * 256 }),
  },
  {
    name: 'waiting-pieces',
    title: '100 first connections of a private connection that send 120,000 frames of a byte each',
    run: siege({ attack: 'waitingPieces', count: 100, bystanders: 300, memoryEach: 64 + 256 }),
  },
  {
    name: 'fragments',
    title: '400 messages in 16,000 fragments that never end, again and again',
    run: siege({ attack: 'fragments', count: 400, bystanders: 300, memoryEach: 64 }),
  },
  {
    name: 'pipelining',
    title: '60 connections that each ask for 20,000 answers and read none (page and operator)',
    run: siege({
      attack: 'pipeline',
      count: 60,
      bystanders: 100,
      start: { hasAdmin: true, openFiles: 256 },
      memoryEach: 300,
      descriptorsEach: 1,
    }),
  },
  {
    name: 'before-tls',
    title: '400 connections that begin no TLS handshake, or half of one (ulimit -n 256); SIGTERM meanwhile',
    run: siege({
      attack: 'noTls',
      count: 400,
      bystanders: 40,
      start: { isSecure: true, openFiles: 256 },
      stopsUnderAttack: true,
    }),
  },
  {
    name: 'pattern',
    title: '10 clients whose logins are made for a pattern of the operator that backtracks',
    run: siege({ attack: 'pattern', count: 10, bystanders: 300, start: { hasAdmin: true } }),
  },
  ...LOG_SINKS.map((log) => ({
    name: `log-${log.replace(' ', '-')}`,
    title: `the log goes to a ${log}; 10 clients fill it, and SIGTERM comes meanwhile`,
    run: siege({
      attack: 'noise',
      count: 10,
      bystanders: 100,
      start: { log },
      flags: ['--log-level=debug'],
      memoryEach: 64,
      stopsUnderAttack: true,
    }),
  })),
  {
    name: 'patience',
    title: 'people are slow, and connections live long: real waits, side by side',
    run: measurePatience,
  },
  { name: 'black-hole', title: '200 of 400 clients in a black hole for 30 s', run: measureBlackHole },
  { name: 'stop', title: 'SIGTERM with 2,000 clients and 20 private connections', run: measureStop },
];
