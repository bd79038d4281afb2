/** Runs `npm run attack`, which measures what well-behaved clients notice of an attack. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isBroken, table, type Finding } from './bounds.ts';
import { CASES, CLUSTER_CASES } from './cases.ts';

const HELP = `Measures what an attack does to those who do nothing wrong, case by case: before, during, after.

Usage: npm run attack -- [flags] [-- flags of the gateway]

  --case NAME    only this one; may be repeated
  --seconds S    length of each measurement (20)
  --cluster      with a second gateway, which is one room with the one that is attacked and has half of the bystanders:
                 the cases ${CLUSTER_CASES.join(', ')}
  --scale N      only one of N attackers and bystanders, for a first look (1)
  --help         this text

In the end it says each figure beside its bound; exit code 1 when one is broken. The gateway has a heap of 256 MB. What it
promises about time is for a quiet machine. Each wait of the case "patience" is real: it takes some two and a half minutes.

Cases: ${CASES.map(({ name }) => name).join(', ')}

As root it runs in a network of its own whose buffers are small, like those of a real connection: on the machine's own
a client that reads nothing fills megabytes of the kernel's memory before the gateway hears of it. Needs Linux.`;

/** Sizes of the kernel's buffers, in bytes: least, usual, most. */
const BUFFERS = { tcp_rmem: '4096 32768 131072', tcp_wmem: '4096 16384 131072' };
const INSIDE = 'CHATON_ATTACK_INSIDE';

try {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      case: { type: 'string', multiple: true },
      seconds: { type: 'string', default: '20' },
      scale: { type: 'string', default: '1' },
      cluster: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const cases = values.cluster ? CLUSTER_CASES : CASES.map(({ name }) => name);
  const wanted = values.case ?? cases;
  const unknown = wanted.find((name) => !cases.includes(name));
  if (unknown !== undefined) throw new TypeError(`--case: there is no "${unknown}"; --help lists them`);
  const { cluster: isCluster } = values;
  const settings = {
    seconds: Number(values.seconds),
    scale: Number(values.scale),
    flags: positionals,
    isCluster,
  };
  if (!(settings.seconds > 0 && settings.scale >= 1))
    throw new TypeError('--seconds and --scale are numbers from 1 up');
  if (values.help) console.log(HELP);
  else if (process.env[INSIDE] !== undefined || !moveInside()) await measure(wanted, settings);
} catch (error) {
  console.error(`attack: ${(error as Error).message}`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}

async function measure(
  wanted: readonly string[],
  settings: Parameters<(typeof CASES)[number]['run']>[0],
): Promise<void> {
  const findings = new Map<string, Finding>();
  for (const { name, title, run } of CASES.filter((known) => wanted.includes(known.name))) {
    console.log(`${title}:`);
    const finding = await run(settings).catch(notStood);
    findings.set(name, finding);
    for (const line of finding.lines) console.log(`  ${line}`);
  }
  console.log(table(findings).join('\n'));
  const isStood = ![...findings.values()].some(({ bounds }) => bounds.some(isBroken));
  // Exits at once, since an attacker may still be running.
  setImmediate(() => process.exit(isStood ? 0 : 1));
}

/** Notes a case that failed; the other cases are measured all the same. */
function notStood(error: unknown): Finding {
  return { lines: [String(error)], bounds: [{ what: 'could not be measured', figure: 1, most: 0 }] };
}

/** Runs all of it again in a network namespace of its own; false when this machine does not allow that. */
function moveInside(): boolean {
  const isAble = spawnSync('unshare', ['--net', 'true']).status === 0;
  if (!isAble) {
    console.error('in the network of this machine, with its buffers: see --help');
    return false;
  }
  const settings = Object.entries(BUFFERS).map(
    ([name, value]) => `echo "${value}" > /proc/sys/net/ipv4/${name}`,
  );
  const script = ['ip link set lo up', ...settings, 'exec "$@"'].join(' && ');
  const self = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const env = { ...process.env, [INSIDE]: '1' };
  const { status } = spawnSync('unshare', ['--net', 'sh', '-c', script, 'sh', ...self], {
    stdio: 'inherit',
    env,
  });
  process.exitCode = status ?? 1;
  return true;
}
