/** The place where views find the lazy parts of showing people (`lazy.ts`), once they are loaded. */
import { lazyParts } from '../base/lazy-parts.ts';

export const peopleParts = lazyParts<typeof import('./lazy.ts')>();
