/** A node's end of a hop in a process of its own, to be killed: it dials, and writes for ever, or reads for ever. */
import { DEAF } from '../../../shared/stream/byte-stream.ts';
import { LivenessMonitor } from '../../../server/transport/socket/liveness.ts';
import { TcpMesh } from '../../../server/cluster/hops/tcp-mesh.ts';
import { DEFAULT_LIMITS } from '../../support/defaults.ts';

const [, , address = '', key = '', endsAfter = ''] = process.argv;
const mesh = await TcpMesh.listen({
  host: '127.0.0.1',
  port: 0,
  advertise: null,
  hostname: 'localhost',
  key: Buffer.from(key, 'hex'),
  monitor: new LivenessMonitor(DEFAULT_LIMITS),
  report() {},
});
const session = { incarnation: '00'.repeat(8), session: 1 };
const stream = mesh.dial(address, { connectId: 1, first: session, second: session });
stream.attach(DEAF);
let count = 0;
setInterval(() => {
  if (endsAfter !== '' && count >= Number(endsAfter)) return;
  stream.write(Buffer.alloc(100, ++count));
  // It has half-closed, and is still there to read.
  if (count === Number(endsAfter)) stream.end();
}, 1);
