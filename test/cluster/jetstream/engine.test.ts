/** Servers of an engine, which must not outlive whoever started them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pause } from '../support/engine.ts';

const ENGINE = fileURLToPath(new URL('../support/engine.ts', import.meta.url));
const START = `const { Engine } = await import(${JSON.stringify(ENGINE)});
console.log((await Engine.start({ size: 1 })).servers[0].port);`;

it.runIf(process.platform === 'linux')('they end when it is killed, which it cannot notice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-engine-'));
  const starter = spawn(process.execPath, ['--input-type=module', '-e', START], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  });
  const [said] = (await once(starter.stdout, 'data')) as [Buffer];
  const port = Number(said);
  expect(await isListenedOn(port)).toBe(true);
  starter.kill('SIGKILL');
  while (await isListenedOn(port)) await pause();
  rmSync(folder, { recursive: true });
});

async function isListenedOn(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await new Promise<boolean>((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  });
  socket.destroy();
  return isThere;
}
