import type { Stage } from './private-state.ts';

/** True while our own writing on a private connection is open. A working room needs to know no more of one. */
export function canWrite(stage: Stage): boolean {
  return stage === 'open' || stage === 'they-ended';
}
