/** The lazy parts of private connections, for all that show some. */
import { lazyParts } from '../base/lazy-parts.ts';

export const privateParts = lazyParts<typeof import('./lazy.ts')>();
