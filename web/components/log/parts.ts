/** The lazy parts of the log, for all that it consists of. */
import { lazyParts } from '../base/lazy-parts.ts';

export const logParts = lazyParts<typeof import('./lazy.ts')>();
