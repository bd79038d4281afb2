/** Priorities of lines where the standard outputs are connected to the journal of systemd; files play it here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { isJournal, withPriority } from '../../server/log/journal.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { PATIENT } from '../support/patience.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const PORTS = ['--tcp-port=0', '--tcp-long64-port=0', '--http-port=0'];

/** Runs the gateway with both outputs in a file that JOURNAL_STREAM names, or another; gives what it wrote. */
async function run(
  flags: readonly string[],
  { isNamed = true, until = '' }: { readonly isNamed?: boolean; readonly until?: string } = {},
): Promise<{ readonly lines: string[]; readonly code: number }> {
  const file = join(mkdtempSync(join(tmpdir(), 'chaton-journal-')), 'journal');
  const fd = openSync(file, 'a');
  const { dev, ino } = fstatSync(fd);
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHATON_'));
  const env = {
    ...Object.fromEntries(inherited),
    JOURNAL_STREAM: isNamed ? `${dev}:${ino}` : `${dev}:${ino + 1}`,
  };
  const args = ['--disable-sigusr1', 'server/start.cjs', ...PORTS, ...flags];
  const child = spawn(process.execPath, args, { cwd: top, env, stdio: ['ignore', fd, fd] });
  const ended = once(child, 'exit');
  if (until !== '') {
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain(until), PATIENT);
    child.kill('SIGTERM');
  }
  const [code] = (await ended) as [number];
  closeSync(fd);
  return { lines: readFileSync(file, 'utf8').split('\n').slice(0, -1), code };
}

describe('where the journal reads', () => {
  it('each line of the log begins with its priority, and is JSON after it', async () => {
    const { lines } = await run(['--log-level=debug', '--stop-timeout=1s'], { until: '"msg":"ready: ' });
    const read = lines.map((line) => {
      const [, priority, json = ''] = /^<(\d)>(\{.*\})$/.exec(line) ?? [];
      return { priority: Number(priority), level: (JSON.parse(json) as { level: number }).level };
    });
    expect(read).toContainEqual({ priority: 4, level: 40 });
    expect(read).toContainEqual({ priority: 6, level: 30 });
    for (const { priority, level } of read)
      expect({ level, priority }).toEqual({ level, priority: { 20: 7, 30: 6, 40: 4 }[level] });
  });

  it('what keeps it from starting is an error', async () => {
    const { lines, code } = await run(['--drain-time=never']);
    expect(code).toBe(2);
    expect(lines[0]).toMatch(/^<3>chaton: .*--drain-time/);
  });
});

describe('where something else reads', () => {
  it('no line has a priority, though the variable was inherited', async () => {
    const { lines } = await run([], { isNamed: false, until: '"msg":"ready: ' });
    for (const line of lines) expect(line).toMatch(/^\{"level":/);
    const { lines: refused } = await run(['--drain-time=never'], { isNamed: false });
    expect(refused[0]).toMatch(/^chaton: /);
  });

  it('a descriptor that is closed, or a variable that is empty, is no journal', () => {
    expect(isJournal(1, '')).toBe(false);
    expect(isJournal(987_654, '1:2')).toBe(false);
  });
});

describe('the priority of a line', () => {
  it.each([
    [60, 2],
    [50, 3],
    [40, 4],
    [30, 6],
    [20, 7],
    [10, 7],
  ])('of level %d is %d', (level, priority) => {
    const line = `{"level":${level},"msg":"x"}\n`;
    expect(withPriority(line)).toBe(`<${priority}>${line}`);
  });
});

describe('where the service manager waits to be told', () => {
  /** Starts a gateway that finds this program as `systemd-notify`, or none. */
  function start(program: string | null): { readonly gateway: GatewayProcess; readonly told: string } {
    const folder = mkdtempSync(join(tmpdir(), 'chaton-notify-'));
    const told = join(folder, 'told');
    if (program !== null) writeFileSync(join(folder, 'systemd-notify'), program, { mode: 0o755 });
    const env = {
      PATH: program === null ? folder : `${folder}:/usr/bin:/bin`,
      NOTIFY_SOCKET: '/run/x',
      TOLD: told,
    };
    return { gateway: new GatewayProcess(PORTS, env), told };
  }

  it('it is told that the gateway is ready, and where', async () => {
    const { gateway, told } = start('#!/bin/sh\nprintf "%s\\n" "$@" > "$TOLD.new"; mv "$TOLD.new" "$TOLD"\n');
    const { page } = await gateway.ready();
    await vi.waitFor(() => expect(existsSync(told)).toBe(true), PATIENT);
    expect(readFileSync(told, 'utf8')).toMatch(new RegExp(`^--ready\n--status=ready: page on ${page},`));
    gateway.kill('SIGTERM');
    expect((await gateway.exit).code).toBe(0);
  });

  it.each([
    ['is not there', null, 'ENOENT'],
    ['fails', '#!/bin/sh\nexit 3\n', 'ended with 3'],
  ])('where its program %s, that is a warning', async (_title, program, why) => {
    const { gateway } = start(program);
    await gateway.says('systemd was not told that the gateway is ready');
    gateway.kill('SIGTERM');
    const { code, stdout } = await gateway.exit;
    expect([code, stdout.includes(why)]).toEqual([0, true]);
  });
});
