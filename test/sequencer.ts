import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Projects: first the one that waits most, so that others compute beside it, then the one with the slowest files. */
const PROJECTS = ['cluster', 'webkit', 'firefox', 'chromium', 'protocol', 'alone', 'units'];

/** Files that take more than some ten seconds, the longest first: on a fresh clone nothing else is known of them. */
const LONG = [
  'e2e/offline',
  'e2e/phone',
  'e2e/tabs',
  'e2e/axe',
  'e2e/place',
  'e2e/missing-parts',
  'e2e/performance',
  'e2e/unsaved',
  'e2e/private',
  'e2e/resume',
  'e2e/shell',
  'e2e/composer',
  'e2e/input-method',
  'e2e/people',
  'e2e/failing-parts',
  'e2e/restart',
  'e2e/attention',
  'e2e/log',
  'e2e/keyboard',
  'e2e/connection-lost',
  'e2e/outgoing',
  'e2e/private-pages',
  'e2e/missing-panels',
  'e2e/private-states',
  'e2e/shapes',
  'e2e/direct',
  'e2e/requests',
  'e2e/room',
  'e2e/copy',
  'e2e/dev',
  'server/process',
  'protocol/bad-input',
  'server/signals',
  'cluster/jetstream/gateways',
  'server/operator-failures',
  'fuzz/fuzz',
  'server/transports',
  'server/stuck-log',
  'private/before-established',
  'server/pipelining',
  'protocol/crowd',
  'server/failure',
  'private/backpressure',
  'server/journal',
  'server/shared-address',
  'private/slow-peer',
  'protocol/split',
  'protocol/identification',
  'bench/bench',
  'resume/cuts',
  'model/chat.model',
];

/**
 * Sorts the longest files first, so that no worker is left with one at the end. Among others Vitest's own order holds: by
 * the time each took last, on a fresh clone by size.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

function rank({ project, moduleId }: TestSpecification): number {
  const long = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return PROJECTS.indexOf(project.name) * (LONG.length + 1) + (long < 0 ? LONG.length : long);
}
