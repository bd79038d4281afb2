/** The lazy parts of the list of conversations. */
import { lazyParts } from '../base/lazy-parts.ts';

export const railParts = lazyParts<typeof import('./lazy.ts')>();
