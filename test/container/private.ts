/** Opens a private connection, as two native clients do. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { bytes, loginPrivate, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import { enter } from './client.ts';

/** Time, in ms, for each step, also on a machine that has much else to do. */
const PATIENCE = 60_000;

/** Two clients of the room, and then both ends of a private connection between them, which is established. */
export async function openPrivate(port: number): Promise<readonly [Socket, Socket]> {
  const [alice, bob] = [await enter(port, 'alice'), await enter(port, 'bob')];
  const requested = next(bob);
  alice.write(bytes(requestPrivate('alice', 'bob')));
  await requested;
  const answered = next(alice);
  bob.write(bytes(okPrivate('alice', 'bob')));
  // ID_PRIVATE ends with the id, a LONG of 4 bytes.
  const id = (await answered).readInt32BE((await answered).length - 4);
  const ends = [connect({ port }), connect({ port })] as const;
  const established = Promise.all(ends.map(next));
  for (const end of ends) end.on('error', () => {}).write(bytes(loginPrivate(id)));
  for (const answer of await established)
    if (answer.toString('hex') !== '0a') throw new Error(`not ESTABLISHED: ${answer.toString('hex')}`);
  return ends;
}

/** Waits for the next bytes of a socket; throws when it ends instead, or nothing comes. */
async function next(socket: Socket): Promise<Buffer> {
  const stop = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE), stop.signal]);
  socket.once('close', () => stop.abort());
  const [data] = (await once(socket, 'data', { signal })) as [Buffer];
  return data;
}
