/** Where the wire inspector listens. Nobody does by default, which costs one comparison per message. */

export type Direction = 'sent' | 'received';

/** @param stream one connection, for telling several apart */
export type WireTap = (stream: object, direction: Direction, bytes: Uint8Array) => void;

export const wire: { tap: WireTap | null } = { tap: null };
