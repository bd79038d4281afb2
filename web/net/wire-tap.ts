/** Taps of the page's connections: the watch over their liveness, and the wire inspector while it is open. */

export type Direction = 'sent' | 'received';

/**
 * @param stream one connection, for telling several apart
 * @param data bytes of Chaton, or a text of the control channel (D28)
 */
export type WireTap = (stream: object, direction: Direction, data: Uint8Array | string) => void;

export const taps = new Set<WireTap>();
