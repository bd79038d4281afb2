/** Chooses once, when the process starts, how sockets are used. */
import { internalAccess } from './internal-access.ts';
import { publicAccess } from './public-access.ts';
import type { SocketAccess } from './socket-access.ts';

/**
 * True when only public interfaces of Node are used: slower, for a release of it that changed the others.
 */
export const isPlain: boolean = process.env['CHATON_PLAIN_SOCKETS'] === '1';

export const sockets: SocketAccess = isPlain ? publicAccess : internalAccess;
