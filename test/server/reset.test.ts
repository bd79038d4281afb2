/**
 * Resets a connection while its end of writing is under way: libuv refuses that, and the connection must not stay for
 * ever.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { resetConnection } from '../../server/transport/socket/reset.ts';

describe('a connection that is reset', () => {
  it.each([
    ['as it is', () => {}],
    ['in the turn in which its writing was ended', (socket: Socket) => void socket.end()],
    ['when its writing has ended with bytes before', (socket: Socket) => void socket.end('bytes')],
  ])('D21: is gone on both sides, %s', async (_when, before) => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepting = once(server, 'connection');
    const client = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
    await once(client, 'connect');
    const broken = new Promise<string | undefined>((resolve) =>
      client.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code)),
    );
    client.resume();
    const [accepted] = (await accepting) as [Socket];
    before(accepted);
    resetConnection(accepted);
    await once(accepted, 'close');
    // A client that has read the end of writing learns of the reset when it writes.
    const writing = setInterval(() => client.write('x'), 1);
    expect(await broken).toMatch(/^(ECONNRESET|EPIPE)$/);
    clearInterval(writing);
    server.close();
    await once(server, 'close');
  });
});
