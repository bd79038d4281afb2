/** The lazy parts of writing. */
import { lazyParts } from '../base/lazy-parts.ts';

export const composerParts = lazyParts<typeof import('./lazy.ts')>();
