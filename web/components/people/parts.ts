/** The lazy parts of showing people, for all that show some. */
import { lazyParts } from '../base/lazy-parts.ts';

export const peopleParts = lazyParts<typeof import('./lazy.ts')>();
