/** The lazy parts of the frame around everything. */
import { lazyParts } from '../base/lazy-parts.ts';

export const shellParts = lazyParts<typeof import('./lazy.ts')>();
