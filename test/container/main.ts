/**
 * Builds the image and runs it as the guide says, and the unit under a systemd that was booted for it.
 * Exit code 1 when a check failed, 77 when nothing could be tried, since an engine or a systemd cannot be had here.
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkAlerts, whyNoPromtool } from './alerts.ts';
import { buildImage } from './build.ts';
import { CACHE, findEngine } from './engine.ts';
import { checkImage } from './image.ts';
import { checkLife } from './life.ts';
import { checkKubernetes } from './kubernetes.ts';
import { bootMachine } from './machine.ts';
import { checkMemory } from './memory.ts';
import { Report } from './report.ts';
import { checkImageTls } from './image-tls.ts';
import { checkUnit } from './unit.ts';

/** What test runners take for “not tried”. */
const NOTHING_TRIED = 77;
const PARTS = ['alerts', 'image', 'unit', 'memory'] as const;

const HELP = `Builds the image and runs it as the guide says, and the unit under a systemd that is booted for it. As root.

Usage: npm run test:container -- [flags] [${PARTS.join('] [')}]    (all, when none is named)

  --minutes N     of the measurement of memory (1)
  --only PATTERN  only the checks whose sentence this expression finds
  --help          this text`;

const { values, positionals } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean' },
  },
  allowPositionals: true,
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const unknown = positionals.find((part) => !(PARTS as readonly string[]).includes(part));
if (unknown !== undefined) {
  console.error(`“${unknown}” is none of ${PARTS.join(', ')}`);
  process.exit(2);
}
const wanted = (part: (typeof PARTS)[number]) => positionals.length === 0 || positionals.includes(part);

mkdirSync(CACHE, { recursive: true });
// Nothing can be tried of an image that is not built.
const report = new Report(new RegExp(`^builds$|${values.only}`));
const missing: string[] = [];
if (wanted('alerts')) await tryAlerts();
if (wanted('image') || wanted('memory')) await tryImage();
if (wanted('unit')) await tryUnit();

console.log(`\n${report.checks} checks, ${report.failures} failed`);
for (const sentence of missing) console.error(`not tried: ${sentence}`);
if (report.failures > 0) process.exitCode = 1;
else if (missing.length > 0) process.exitCode = NOTHING_TRIED;

async function tryAlerts(): Promise<void> {
  const problem = await whyNoPromtool();
  if (problem === null) await checkAlerts(report);
  else missing.push(`the alerts: ${problem}`);
}

async function tryImage(): Promise<void> {
  const engine = await findEngine();
  if (typeof engine === 'string') {
    missing.push(`the image: ${engine}`);
    return;
  }
  try {
    report.heading(`The Dockerfile, with ${engine.name}`);
    if (!(await report.check('builds', () => buildImage(engine)))) return;
    if (wanted('image')) await checkImage(engine, report);
    if (wanted('image')) await checkLife(engine, report);
    if (wanted('image')) await checkImageTls(engine, report);
    if (wanted('image')) await checkKubernetes(engine, report);
    if (wanted('memory')) await checkMemory(engine, report, Number(values.minutes));
  } finally {
    await engine.clean();
  }
}

async function tryUnit(): Promise<void> {
  const machine = await bootMachine();
  if (typeof machine === 'string') {
    missing.push(`the unit: ${machine}`);
    return;
  }
  try {
    await checkUnit(machine, report);
  } finally {
    await machine.stop();
  }
}
