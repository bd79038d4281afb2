/**
 * Floor of an idle connection's memory: a bare node:net socket, and a bare upgraded node:http one.
 *
 *     node floor/idle.ts TCP_PORT WS_PORT
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';

const ignore = (): void => {};
const listen = (socket: Duplex): void => void socket.on('data', ignore).on('error', ignore);

const [tcpPort, wsPort] = process.argv.slice(2).map(Number);
createServer(listen).listen(tcpPort, '127.0.0.1', 4096);
createHttpServer()
  .on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    listen(socket);
  })
  .listen(wsPort, '127.0.0.1', 4096);
