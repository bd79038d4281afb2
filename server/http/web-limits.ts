/** Limits of one HTTP connection that no operator turns. */

/** Bytes taken at once from what a connection has sent. */
export const MAX_READ = 4096;
/** Requests of a connection before it is closed: the system takes a megabyte and more of answers for who reads none. */
export const MOST_REQUESTS = 1_000;
/** Bytes of content that are read, and thrown away, behind an answer, so that the connection can be kept. */
export const MAX_UNWANTED = 64 * 1024;
/** Timeout of an upgrade, in ms, until it is a WebSocket; no step on the way waits for anything. */
export const UPGRADE_TIME = 2_000;
/** Time, in ms, that a client has to close a connection whose last answer it has (RFC 9112 §9.6). */
export const LINGER = 2_000;
