import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Projects, the one with the slowest files first. */
const PROJECTS = ['webkit', 'firefox', 'chromium', 'protocol', 'alone', 'units'];

/** Files that take more than some ten seconds, the longest first: on a fresh clone nothing else is known of them. */
const LONG = [
  'e2e/offline',
  'e2e/axe',
  'e2e/tabs',
  'e2e/place',
  'e2e/performance',
  'e2e/unsaved',
  'e2e/people',
  'e2e/private',
  'e2e/shell',
  'e2e/composer',
  'server/process',
  'protocol/bad-input',
  'server/signals',
  'fuzz/fuzz',
  'server/stuck-log',
  'server/operator-failures',
  'server/transports',
  'protocol/crowd',
  'private/backpressure',
  'server/pipelining',
  'resume/cuts',
  'private/before-established',
  'private/pairs',
  'protocol/split',
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
