/** Loaded into a gateway whose log cannot be read, before it starts: writes where it listens into a file. */
import { appendFileSync } from 'node:fs';
import { Server, type AddressInfo } from 'node:net';

const file = process.env['CHATON_TEST_LISTENING'];
delete process.env['CHATON_TEST_LISTENING'];

const listen = Server.prototype.listen;
Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
  this.once('listening', () => {
    const { port } = this.address() as AddressInfo;
    if (file !== undefined) appendFileSync(file, `${process.pid} ${port}\n`);
  });
  return Reflect.apply(listen, this, args) as Server;
};
