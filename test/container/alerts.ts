/** Checks of what is shipped for Prometheus, by Prometheus' own tool. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from './build.ts';
import { attempt, isThere, run } from './command.ts';
import type { Report } from './report.ts';

const PROMTOOL = process.env['PROMTOOL'] ?? 'promtool';
const FOLDER = join(TOP, 'server/deploy');

/** Why metrics and alerts cannot be tried here; null when they can. */
export async function whyNoPromtool(): Promise<string | null> {
  return (await isThere(PROMTOOL))
    ? null
    : `${PROMTOOL} is not on this machine (Debian’s package prometheus; PROMTOOL says where it is)`;
}

/** Has Prometheus' tool read the rules, their tests and the example of a configuration. */
export async function checkAlerts(report: Report): Promise<void> {
  report.heading(`The alerts, with ${(await attempt(PROMTOOL, ['--version'])).stdout.split('\n')[0]}`);
  const rules = [...readFileSync(join(FOLDER, 'alerts.yaml'), 'utf8').matchAll(/^ +- alert: /gm)].length;
  await report.check('4: the rules and the configuration are valid', async () => {
    assert.match(
      await run(PROMTOOL, ['check', 'rules', 'alerts.yaml'], { cwd: FOLDER }),
      new RegExp(`: ${rules} rules found`),
    );
    await run(PROMTOOL, ['check', 'config', '--syntax-only', 'prometheus.yaml'], { cwd: FOLDER });
    return `${rules} rules, those of a cluster included`;
  });
  await report.check('4: each alert is quiet before its first event, and fires right after it', async () => {
    await run(PROMTOOL, ['test', 'rules', 'alerts.test.yaml'], { cwd: FOLDER });
  });
}

/** Throws unless this text of a `/metrics` is such as Prometheus' tool wants it. */
export async function lint(metrics: string): Promise<void> {
  const { code, stdout, stderr } = await attempt(PROMTOOL, ['check', 'metrics'], { input: `${metrics}\n` });
  assert.deepEqual([code, stdout + stderr], [0, '']);
}
