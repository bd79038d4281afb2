/** Connections that go on in another socket than the one they were accepted in. */
import type { Socket } from 'node:net';

const kFollower = Symbol('follower');

interface FollowedSocket extends Socket {
  [kFollower]?: ((successor: Socket) => void) | undefined;
}

/** Tells, once, when the connection under this socket goes on in another one. */
export function onMoved(socket: Socket, follower: (successor: Socket) => void): void {
  (socket as FollowedSocket)[kFollower] = follower;
}

/** Calls the follower, if there is one. */
export function moved(from: Socket, to: Socket): void {
  const follower = (from as FollowedSocket)[kFollower];
  (from as FollowedSocket)[kFollower] = undefined;
  follower?.(to);
}
