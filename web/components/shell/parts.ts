/** The place where views find the lazy parts of the frame around everything (`lazy.ts`), once they are loaded. */
import { lazyParts } from '../base/lazy-parts.ts';

export const shellParts = lazyParts<typeof import('./lazy.ts')>();
