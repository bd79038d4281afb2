/** Provides what a whole cluster takes, a NATS server and HAProxy, before `npm run test:cluster`. */
import { ensureProgram, HAPROXY, NATS_SERVER } from './programs.ts';

for (const program of [NATS_SERVER, HAPROXY])
  if (!(await ensureProgram(program))) console.error(`${program.title}: ${program.without}`);
