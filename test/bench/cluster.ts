/** Server of the bench: three NATS servers and two gateways on them, as one room; `node cluster.ts TCP WS SECOND-TCP FLAGS…`. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../cluster/support/engine.ts';

const [tcp, ws, secondTcp, ...flags] = process.argv.slice(2);
const engine = await Engine.start();
const secretFile = join(mkdtempSync(join(tmpdir(), 'chaton-bench-cluster-')), 'secret');
writeFileSync(secretFile, randomBytes(32).toString('hex'), { mode: 0o600 });
const start = (name: string, tcpPort: string, httpPort: string) => {
  const gateway = spawn(
    process.execPath,
    [
      ...flags,
      `--tcp-port=${tcpPort}`,
      `--http-port=${httpPort}`,
      `--cluster=${engine.addresses.join(',')}`,
      `--cluster-node=${name}`,
      `--cluster-secret-file=${secretFile}`,
      '--mesh-port=0',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  // The bench ends this process with its children; one that ends by itself is a fault.
  gateway.on('exit', (code) => process.exit(code ?? 1));
};
start('g1', tcp!, ws!);
start('g2', secondTcp!, '0');
