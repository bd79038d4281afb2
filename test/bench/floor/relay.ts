/**
 * Floor of the relay: two sockets, each piped into the other.
 *
 *     node floor/relay.ts PORT TARGET_PORT
 */
import { connect, createServer } from 'node:net';

const [port, targetPort] = process.argv.slice(2).map(Number);

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const onward = connect({ host: '127.0.0.1', port: targetPort!, allowHalfOpen: true, noDelay: true });
  socket.pipe(onward).pipe(socket);
  socket.on('error', () => onward.destroy());
  onward.on('error', () => socket.destroy());
}).listen(port, '127.0.0.1');
