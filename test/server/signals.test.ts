/** Checks what signals, a closed terminal and a dead npm do to the process, from its first moment on. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from 'pino';
import { Lifecycle } from '../../server/process/lifecycle.ts';
import type { Launcher } from '../../server/process/launcher.ts';
import type { LogOutput } from '../../server/log/log-output.ts';
import { makeCertificate } from '../support/certificate.ts';
import { exitOf, startOn, type GatewayOn } from '../support/gateway-on.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { PATIENT } from '../support/patience.ts';

const ANY_PORTS = ['--tcp-port=0', '--http-port=0', '--tcp-long64-port=0'];
const top = fileURLToPath(new URL('../..', import.meta.url));

const running: number[] = [];
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const pid of running.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended, as it should.
    }
  }
});

function start(flags: readonly string[], env: Record<string, string> = {}): GatewayProcess {
  const gateway = new GatewayProcess(flags, env);
  running.push(gateway.pid);
  return gateway;
}

async function startIn(...args: Parameters<typeof startOn>): Promise<GatewayOn> {
  const gateway = await startOn(...args);
  running.push(gateway.pid);
  children.push(gateway.child);
  return gateway;
}

/**
 * Makes the process send itself signals while it starts; at 0 ms, the first turn of the event loop, hardly anything is
 * loaded.
 */
const whileStarting = (signals: readonly string[], moments: readonly number[]): Record<string, string> => {
  const send = signals.map((signal) => `process.kill(process.pid, '${signal}');`).join('');
  const code = moments.map((ms) => `setTimeout(() => { ${send} }, ${ms});`).join('');
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
};

describe('a signal while it starts', () => {
  it('that is for later does not keep it from being ready, and SIGUSR2 counts then', async () => {
    const moments = [0, 20, 50, 100, 200, 400, 800];
    const gateway = start(ANY_PORTS, whileStarting(['SIGHUP', 'SIGUSR1', 'SIGUSR2'], moments));
    await gateway.ready();
    gateway.kill('SIGTERM');
    const { code, stdout, stderr } = await gateway.exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('"before":"info","after":"debug"');
    expect(stdout).toContain('SIGHUP: there is no certificate to read again');
  });

  it.each([
    ['SIGTERM', 0],
    ['SIGTERM', 100],
    ['SIGINT', 20],
  ] as const)('%s after %d ms ends it with 0', async (signal, ms) => {
    const ended = await start(ANY_PORTS, whileStarting([signal], [ms])).exit;
    // The process stops at once: it printed nothing, and so did not finish its start.
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

describe('a signal once it has stopped', () => {
  it('changes nothing more: it ended as it was told to', async () => {
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
    vi.spyOn(process, 'getActiveResourcesInfo').mockReturnValue([]);
    const said: string[] = [];
    const say = (line: string) => said.push(line);
    const lifecycle = new Lifecycle({
      logger: { info: say, error: say } as unknown as Logger,
      // What comes while the last lines are written, for as long as half a second.
      output: {
        flush() {
          lifecycle.onSignal('SIGTERM');
        },
      } as unknown as LogOutput,
      launcher: { isNpm: false, gone: () => null } as unknown as Launcher,
      gateway: { reload: () => false, stop: () => Promise.resolve() },
      clock: { after: () => () => {} },
      stopDeadline: 1,
    });
    lifecycle.onSignal('SIGTERM');
    await vi.waitFor(() => expect(exit).toHaveBeenCalled());
    expect([said, exit.mock.calls]).toEqual([['SIGTERM: stopping', 'stopped'], [[0]]]);
    vi.restoreAllMocks();
  });
});

describe('SIGHUP', () => {
  it('without a certificate and without a terminal does nothing, and says so', async () => {
    const gateway = start(ANY_PORTS);
    await gateway.ready();
    // One signal is sent after the other, since their order would be undefined.
    const heard = gateway.says('SIGHUP: there is no certificate to read again');
    gateway.kill('SIGHUP');
    await heard;
    gateway.kill('SIGTERM');
    const { code } = await gateway.exit;
    expect(code).toBe(0);
  });

  it('reads the certificate again where there is one, and says that it is unchanged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chaton-signals-'));
    const { cert, key } = makeCertificate('chat.example');
    writeFileSync(join(folder, 'cert'), cert);
    writeFileSync(join(folder, 'key'), key);
    const gateway = await startIn(
      `exec $GATEWAY --https-port=0 --tls-cert=${folder}/cert --tls-key=${folder}/key`,
      ['ignore', 'pipe', 'pipe'],
    );
    const said = follow(gateway.child);
    await vi.waitFor(() => expect(said()).toContain('"msg":"ready: '), PATIENT);
    process.kill(gateway.pid, 'SIGHUP');
    await vi.waitFor(() => expect(said()).toContain('certificate unchanged'), PATIENT);
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
  });

  it('at a terminal, without a certificate, stops it; its log has no colours where none are wanted', async () => {
    const inTerminal = 'NO_COLOR=1 exec script -qfec "exec $GATEWAY" /dev/null';
    const gateway = await startIn(inTerminal, ['pipe', 'pipe', 'pipe']);
    const said = follow(gateway.child);
    await vi.waitFor(() => expect(said()).toContain('ready: '), PATIENT);
    process.kill(gateway.pid, 'SIGHUP');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
    expect(said()).toContain('SIGHUP: stopping');
    expect(said()).not.toContain('\x1b');
  });
});

describe('what it was started by goes away', () => {
  it.each([
    ['the terminal is closed, and the log goes elsewhere', 'exec $GATEWAY > /dev/null 2>&1'],
    ['the terminal is closed, and nobody is told', 'setsid --wait $GATEWAY'],
    ['the terminal is closed before it has begun', 'trap "" HUP; setsid $GATEWAY'],
  ])('%s: it ends', async (_title, inner) => {
    const gateway = await startIn(`exec script -qfec '${inner}' /dev/null`, ['pipe', 'pipe', 'pipe']);
    gateway.child.stdout!.resume();
    gateway.child.stdin!.on('error', () => {});
    gateway.child.kill('SIGKILL');
    await gateway.gone();
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('npm gets %s: it ends', async (signal) => {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(CHATON_|npm_)/.test(name));
    const npm = spawn('npm', ['start', '--', ...ANY_PORTS], {
      cwd: top,
      env: Object.fromEntries(inherited),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(npm);
    const said = follow(npm);
    const pid = await vi.waitFor(() => {
      const ready = /"pid":(\d+).*"msg":"ready: /.exec(said());
      expect(ready).not.toBeNull();
      return Number(ready![1]);
    }, PATIENT);
    running.push(pid);
    npm.kill(signal);
    await vi.waitFor(() => expect(said()).toContain('"msg":"stopped"'), PATIENT);
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), PATIENT);
  });

  it('a shell that has put it in the background does not end it', async () => {
    const log = join(mkdtempSync(join(tmpdir(), 'chaton-signals-')), 'log');
    const gateway = await startIn(`$GATEWAY > ${log} & exit 0`, ['ignore', 'ignore', 'pipe']);
    const said = () => readFileSync(log, 'utf8');
    await exitOf(gateway.child, gateway.child);
    await vi.waitFor(() => expect(said()).toContain('"msg":"ready: '), PATIENT);
    process.kill(gateway.pid, 'SIGHUP');
    await vi.waitFor(() => expect(said()).toContain('no certificate to read again'), PATIENT);
    process.kill(gateway.pid, 'SIGTERM');
    await vi.waitFor(() => expect(said()).toContain('SIGTERM: stopping'), PATIENT);
    expect(said()).not.toContain('gone');
    await gateway.gone();
  });
});

describe('SIGUSR1', () => {
  it('opens no debugger, even started by hand', async () => {
    const gateway = await startIn('exec node server/main.ts --tcp-port=0 --http-port=0 --admin-port=0', [
      'ignore',
      'pipe',
      'pipe',
    ]);
    const said = follow(gateway.child);
    let stderr = '';
    gateway.child.stderr!.on('data', (text: Buffer) => (stderr += text.toString()));
    await vi.waitFor(() => expect(said()).toContain('"msg":"ready: '), PATIENT);
    process.kill(gateway.pid, 'SIGUSR1');
    await vi.waitFor(() => expect(said()).toContain('SIGUSR1 means nothing here'), PATIENT);
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
    expect(stderr).toBe('');
  });

  it.each([
    ['package.json', /"start": "node .*--disable-sigusr1 server\/start\.cjs"/],
    ['Dockerfile', /ENTRYPOINT .*"--disable-sigusr1", "server\/start\.cjs"/],
    ['server/deploy/chaton.service', /ExecStart=.* --disable-sigusr1 server\/start\.cjs/],
  ])('is not listened to by Node itself as %s starts it', (file, command) => {
    expect(readFileSync(top + file, 'utf8')).toMatch(command);
  });
});

/** Collects all output of a process. */
function follow(child: ChildProcess): () => string {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (more: string) => (text += more));
  return () => text;
}
