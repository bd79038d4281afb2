/** What the unit, the image and compose.yaml allow the process, and what it does, fit together. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { readConfig } from '../../server/config/config.ts';
import { longestDrain, tooLong } from '../../server/app/drain.ts';
import { TRY_AGAIN, WRONG_SETTINGS } from '../../server/process/exit-codes.ts';
import { ensureGone } from '../support/gateway-on.ts';
import { PATIENT } from '../support/patience.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(top + file, 'utf8');
const unit = read('server/deploy/chaton.service');
const guide = read('server/deploy/README.md');

/** Seconds that this pattern finds in a file. */
function seconds(file: string, pattern: RegExp): number {
  const [, found] = pattern.exec(read(file)) ?? [];
  return Number(found);
}

describe('a stop', () => {
  it.each([
    ['server/deploy/chaton.service', /^TimeoutStopSec=(\d+)$/m, /CHATON_STOP_TIMEOUT=(\d+)s/],
    [
      'server/deploy/kubernetes.yaml',
      /terminationGracePeriodSeconds: (\d+)$/m,
      /CHATON_STOP_TIMEOUT, value: (\d+)s/,
    ],
    ['compose.yaml', /stop_grace_period: (\d+)s/, /CHATON_STOP_TIMEOUT: (\d+)s/],
  ])('%s allows it what it takes, and tells the process how long that is', (file, allows, tells) => {
    expect(seconds(file, allows) * 1000).toBeGreaterThan(longestDrain(DEFAULT_LIMITS));
    expect(seconds(file, tells)).toBe(seconds(file, allows));
  });

  it('Docker allows 10 s unless it is told otherwise, and the image says so', () => {
    expect(seconds('Dockerfile', /CHATON_STOP_TIMEOUT=(\d+)s/)).toBe(10);
    expect(longestDrain(DEFAULT_LIMITS)).toBeLessThan(10_000);
  });

  it('Kubernetes allows what the delay takes as well', () => {
    const file = 'server/deploy/kubernetes.yaml';
    const drainDelay = seconds(file, /CHATON_DRAIN_DELAY, value: (\d+)s/) * 1000;
    const stopTimeout = seconds(file, /GracePeriodSeconds: (\d+)/) * 1000;
    expect(tooLong({ ...DEFAULT_LIMITS, drainDelay, stopTimeout })).toEqual([]);
  });
});

describe('without a service', () => {
  it('npm, as the guide starts it, outlives the window of the shell in which that was typed', async () => {
    const [, launcher] = /`([^`]*)npm start -- [^`]* >> chaton\.log &`/.exec(guide)!;
    const folder = mkdtempSync(join(tmpdir(), 'chaton-window-'));
    const text = (file: string) => readFileSync(join(folder, file), 'utf8');
    const pidIn = (file: string) => vi.waitFor(() => Number(/^(\d+)\n/.exec(text(file))![1]), PATIENT);
    // In its place: Node, which, as npm does, minds neither signal.
    const told = "process.on('SIGTERM', () => { console.log('as told'); process.exit(); });";
    writeFileSync(join(folder, 'npm.cjs'), `${told} setInterval(() => {}, 1e6); console.log(process.pid);`);
    const window = spawn('script', ['-qfec', 'bash --norc -i', '/dev/null'], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    window.stdin.write(`echo $$ > shell; ${launcher}'${process.execPath}' npm.cjs > log &\n`);
    const [npm, shell] = [await pidIn('log'), await pidIn('shell')];
    window.kill('SIGKILL');
    await vi.waitFor(() => ensureGone(shell), PATIENT);
    // What the end of the shell had it do comes before this.
    spawnSync('kill', [`${npm}`]);
    await vi.waitFor(() => ensureGone(npm), PATIENT);
    expect(text('log')).toContain('as told');
  });
});

describe('the image', () => {
  const image = read('Dockerfile');
  const last = image.slice(image.lastIndexOf('\nFROM '));

  it('is built where the files are that npm’s scripts run', () => {
    const [, stage = ''] = /^FROM [^\n]* AS build$([^]*?)^FROM /m.exec(image) ?? [];
    const copied = [...stage.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, sources]) => sources!.split(' '));
    const scripts: Readonly<Record<string, string>> = manifest.scripts;
    const ran = [...stage.matchAll(/^RUN npm run (\w+)$/gm)].map(([, name]) => name!);
    expect(ran).toEqual(['build']);
    const needed = ran
      .flatMap((name) => [scripts[`pre${name}`] ?? '', scripts[name]!])
      .flatMap((script) => [...script.matchAll(/\bnode (\S+)/g)].map(([, file]) => file!));
    expect(needed).toContain('server/preflight.cjs');
    const isCopied = (file: string) => copied.some((one) => file === one || file.startsWith(`${one}/`));
    expect(needed.filter((file) => !isCopied(file))).toEqual([]);
  });

  it('has the program as its entry point, so that flags after its name are the program’s', () => {
    const [, words = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(last) ?? [];
    expect((JSON.parse(words) as string[]).at(-1)).toBe('server/start.cjs');
    expect(last).not.toMatch(/^CMD/m);
  });

  it('runs as a user that is a number, and not root', () => {
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  it('says its version and its licence', () => {
    expect(last).toContain(`org.opencontainers.image.version="${manifest.version}"`);
    expect(last).toContain(`org.opencontainers.image.licenses="${manifest.license}"`);
  });
});

describe('compose.yaml', () => {
  const compose = read('compose.yaml');
  const [gateway = ''] = /^ {2}gateway:\n(?: {4}.*\n)+/m.exec(compose) ?? [];

  it('bounds the log, buries orphans, and takes from the gateway what it does not need', () => {
    expect(gateway).toMatch(/logging: \{ driver: json-file, options: \{ max-size: \w+, max-file: '\d' \} \}/);
    expect(gateway).toMatch(/^ {4}init: true$/m);
    expect(gateway).toMatch(/^ {4}read_only: true$/m);
    expect(gateway).toMatch(/^ {4}cap_drop: \[ALL\]$/m);
    expect(gateway).toContain('no-new-privileges:true');
  });

  it('starts without a warning, with the operator’s listener and without', () => {
    const set = (admin: string) =>
      Object.fromEntries(
        [...gateway.matchAll(/^ {6}(CHATON_\w+): (.+)$/gm)].map(([, name, value]) => [
          name!,
          value!.replace(/^\$\{CHATON_ADMIN_PORT:-(.*)\}$/, (_all, fallback: string) => admin || fallback),
        ]),
      );
    for (const admin of ['', '9090']) expect(readConfig([], set(admin))).toMatchObject({ warnings: [] });
  });

  it('keeps what a clone must not give away out of it: tokens, secrets, .env', () => {
    const ignored = read('.gitignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', 'admin-token']));
    const secrets = [...read('server/deploy/compose.cluster.yaml').matchAll(/\{ file: \.\/(\S+) \}/g)];
    expect(secrets).toHaveLength(3);
    for (const [, file = ''] of secrets)
      expect(
        ignored.some((pattern) => matchesGlob(file, pattern)),
        file,
      ).toBe(true);
  });
});

describe('what is shipped for proxies', () => {
  it('nginx passes on the end of one direction alone, and has room for more than 256 clients', () => {
    const nginx = read('server/deploy/proxies/nginx.conf');
    expect(nginx).toMatch(/^ {4}proxy_half_close on;$/m);
    const [, connections] = /^ +worker_connections (\d+);$/m.exec(nginx) ?? [];
    const [, files] = /^worker_rlimit_nofile (\d+);$/m.exec(nginx) ?? [];
    expect(Number(connections)).toBeGreaterThanOrEqual(20_000);
    expect(Number(files)).toBeGreaterThan(Number(connections));
  });

  it('HAProxy does not stay root', () => {
    expect(read('server/deploy/proxies/haproxy.cfg')).toMatch(/^ +user haproxy$/m);
  });
});

describe('the unit', () => {
  it('is started when clients can come in', () => {
    expect(unit).toMatch(/^Type=notify$/m);
    // It is told by a program of its own, systemd-notify.
    expect(unit).toMatch(/^NotifyAccess=all$/m);
  });

  it('lets the process learn the addresses of its machine', () => {
    expect(unit).toMatch(/^RestrictAddressFamilies=.*\bAF_NETLINK\b/m);
  });
});

describe('exit codes', () => {
  const [, never = ''] = /^RestartPreventExitStatus=(.*)$/m.exec(unit) ?? [];

  it('the unit never tries again for wrong settings, and always for what may pass', () => {
    expect(never.split(' ').map(Number)).toEqual([WRONG_SETTINGS]);
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^RestartSec=\d+s$/m);
    // Else systemd gives up after five times.
    const [about = ''] = unit.split('[Service]');
    expect(about).toMatch(/^StartLimitIntervalSec=0$/m);
  });

  it('the image’s preflight has the one for wrong settings', () => {
    expect(read('server/preflight.cjs')).toContain(`process.exit(${WRONG_SETTINGS})`);
  });

  it('are in the guide', () => {
    for (const code of [0, 1, WRONG_SETTINGS, TRY_AGAIN])
      expect(guide).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
  });
});

describe('npm run test:container', () => {
  const tried = (...args: string[]) =>
    spawnSync(process.execPath, ['test/container/main.ts', ...args], {
      cwd: top,
      encoding: 'utf8',
      env: { ...process.env, CHATON_ENGINE: 'no-such-engine' },
    });

  it('says in words that there is no engine, and ends with 77', () => {
    const { status, stderr } = tried('image');
    expect([status, stderr]).toEqual([
      77,
      expect.stringContaining('not tried: the image: no container engine: no-such-engine is not installed'),
    ]);
  });

  it('is part of the workflow, and no part of npm test', () => {
    expect(read('.github/workflows/ci.yml')).toContain('npm run test:container');
    const { 'test:all': all, test } = manifest.scripts;
    expect(`${test} ${all}`).not.toContain('container');
  });
});
