/** The place where views find the lazy parts of the log (`lazy.ts`), once they are loaded. */
import { lazyParts } from '../base/lazy-parts.ts';

export const logParts = lazyParts<typeof import('./lazy.ts')>();
