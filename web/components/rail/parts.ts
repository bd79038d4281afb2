/** The place where views find the lazy parts of the list of conversations (`lazy.ts`), once they are loaded. */
import { lazyParts } from '../base/lazy-parts.ts';

export const railParts = lazyParts<typeof import('./lazy.ts')>();
