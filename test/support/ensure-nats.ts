/** Provides the engine of the cluster, a NATS server, before `npm test` and `npm run test:spread`. */
import { ensureProgram, NATS_SERVER } from './programs.ts';

if (!(await ensureProgram(NATS_SERVER))) console.error(`${NATS_SERVER.title}: ${NATS_SERVER.without}`);
