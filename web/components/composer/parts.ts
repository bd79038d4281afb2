/** The place where views find the lazy parts of writing (`lazy.ts`), once they are loaded. */
import { lazyParts } from '../base/lazy-parts.ts';

export const composerParts = lazyParts<typeof import('./lazy.ts')>();
