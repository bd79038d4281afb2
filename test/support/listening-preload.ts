/** Preloaded into a gateway whose log cannot be read: writes its listening addresses into a file. */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';

const file = process.env['CHATON_TEST_LISTENING'];
// The variable is no setting of the gateway's.
delete process.env['CHATON_TEST_LISTENING'];

subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const { port } = (message as { readonly server: Server }).server.address() as AddressInfo;
  if (file !== undefined) appendFileSync(file, `${process.pid} ${port}\n`);
});
