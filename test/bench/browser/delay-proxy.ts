/** A TCP proxy that hands on everything a while later: a long way to the server, as wide as one TCP connection gets. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Bytes that one TCP connection has under way in a round trip, whatever the program: the largest buffer of its sender, or
 * of its receiver. The proxy's own connections have no way to speak of, so it is the proxy that has to stop there.
 */
const WINDOW = Math.min(
  ...['tcp_rmem', 'tcp_wmem'].map((name) =>
    Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/).at(-1)),
  ),
);
/** Bytes under way in one direction, above which the proxy does not read: its delay is half a round trip. */
const PIPE = WINDOW / 2;

/** Listens on a free port, and hands on to `port` after `delay` ms in each direction. */
export async function delayProxy(port: number, delay: number): Promise<{ port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    handOn(near, far, delay);
    handOn(far, near, delay);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}

function handOn(from: Socket, to: Socket, delay: number): void {
  let underWay = 0;
  const late = (run: () => void) => (delay > 0 ? void setTimeout(run, delay) : run());
  from.on('data', (bytes: Buffer) => {
    underWay += bytes.length;
    if (underWay > PIPE) from.pause();
    late(() => {
      to.write(bytes, () => {
        underWay -= bytes.length;
        if (underWay <= PIPE) from.resume();
      });
    });
  });
  from.on('end', () => late(() => to.end()));
}
