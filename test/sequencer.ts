import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/**
 * Begins with the files that take longest, so that no worker is left with one at the end: those in a browser, before
 * all those in the slower ones. Among their like Vitest's own order holds: by the time each took last, on a fresh clone by size.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

function rank({ project, moduleId }: TestSpecification): number {
  if (project.name !== 'chaton') return 0;
  return moduleId.includes('/test/e2e/') ? 1 : 2;
}
