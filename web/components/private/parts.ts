/** The place where views find the lazy parts of private connections (`lazy.ts`), once they are loaded. */
import { lazyParts } from '../base/lazy-parts.ts';

export const privateParts = lazyParts<typeof import('./lazy.ts')>();
