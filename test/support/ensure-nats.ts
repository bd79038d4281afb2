/**
 * Provides the engine of the cluster: a NATS server; run before `npm test` and `npm run cluster`. It prints nothing when
 * one is there. Without one it says how to get it; the tests begin, of which those of the cluster fail by themselves.
 */
import { fileURLToPath } from 'node:url';
import { installPackages } from './install-packages.ts';
import { findNatsServer } from './nats-server.ts';

const ADVICE =
  'Install the package nats-server yourself, or set CHATON_NATS_SERVER to the path of one (https://nats.io/download), and try again.';

/** Installs a NATS server where there is none; false, with a word why, when that cannot be done. */
export async function ensureNats(): Promise<boolean> {
  if (findNatsServer() !== undefined) return true;
  console.log('NATS: not found, installing nats-server with apt-get');
  try {
    await installPackages(['nats-server']);
    if (findNatsServer() !== undefined) return true;
    console.error(`NATS: it was installed, and still there is none where it is looked for.\n${ADVICE}`);
  } catch (error) {
    console.error(`NATS: none found, and none could be installed: ${(error as Error).message}\n${ADVICE}`);
  }
  return false;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !(await ensureNats()))
  console.error('NATS: the tests of test/cluster with a real engine are impossible here and will fail.');
