/** The lazy parts of the log, for all that it consists of. */
import { createContext } from 'preact';
import { lazyParts } from '../base/lazy-parts.ts';

export const logParts = lazyParts<typeof import('./lazy.ts')>();

/** Id of the last message of ours in the open conversation that was delivered. */
export const LastOwn = createContext(0);
