/** Opens a private connection, as two native clients do. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { bytes, idPrivate, loginPrivate, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import { enter } from './client.ts';

const ID = 0x5ec2e7;

/** Two clients of the room, and then both ends of a private connection between them, which are connected. */
export async function openPrivate(port: number): Promise<readonly [Socket, Socket]> {
  const [alice, bob] = [await enter(port, 'alice'), await enter(port, 'bob')];
  await exchange(alice, bob, requestPrivate('alice', 'bob'));
  await exchange(bob, alice, okPrivate('alice', 'bob'));
  await exchange(alice, bob, idPrivate('alice', 'bob', ID));
  const ends = [connect({ port }), connect({ port })] as const;
  for (const end of ends) end.on('error', () => {}).write(bytes(loginPrivate(ID)));
  await Promise.all(ends.map((end) => once(end, 'data')));
  return ends;
}

async function exchange(from: Socket, to: Socket, command: string): Promise<void> {
  const arrived = once(to, 'data');
  from.write(bytes(command));
  await arrived;
}
