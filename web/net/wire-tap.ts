/** Where the wire inspector listens. Nobody does by default, which costs one comparison per message. */

export type Direction = 'sent' | 'received';

/**
 * @param stream one connection, for telling several apart
 * @param data bytes of Chaton, or a text of the control channel (D28)
 */
export type WireTap = (stream: object, direction: Direction, data: Uint8Array | string) => void;

export const wire: { tap: WireTap | null } = { tap: null };
