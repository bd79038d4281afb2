/**
 * Tries the alerts that are shipped with Prometheus' own tool, where this machine has it: node test/deploy/alerts.ts. Each
 * alert has to be quiet before its first event, and to fire right after it. Exit code 1 when one does not.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../server/deploy', import.meta.url));
const program = process.env['PROMTOOL'] ?? 'promtool';

for (const args of [
  ['check', 'rules', 'alerts.yaml'],
  ['test', 'rules', 'alerts.test.yaml'],
]) {
  const { error, status } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error) {
    console.log(
      `${program}: not on this machine; Debian's package prometheus has it, or say where by PROMTOOL`,
    );
    break;
  }
  if (status !== 0) process.exitCode = 1;
}
