/** Bounds what is read only to be thrown away: input of connections that were closed, and that wait for their other side. */
import type { Socket } from 'node:net';
import type { ByteStream } from '../../../shared/stream/byte-stream.ts';
import { TurnQuota } from '../../../shared/stream/turn-quota.ts';
import { sockets } from './sockets.ts';

type Input = Pick<ByteStream, 'hold' | 'release'>;

/** All of them together have as much of a turn as all relays have: whoever was closed must not hold up those who were not. */
const quota = new TurnQuota(setImmediate);
const inputs = new WeakMap<Socket, Input>();

/** Notes bytes that an input has brought, and that nobody gets; holds it when there were too many in this turn. */
export function throwAway(input: Input, bytes: number): void {
  quota.spend(input, bytes);
}

/** The same for a socket that nothing else pauses any more. */
export function throwAwayOf(socket: Socket, bytes: number): void {
  let input = inputs.get(socket);
  if (!input) {
    input = { hold: () => void socket.pause(), release: () => sockets.resume(socket) };
    inputs.set(socket, input);
  }
  throwAway(input, bytes);
}
