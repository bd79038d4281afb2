/** Runs the bench itself on one tiny case: it measures the real server, and loses nothing. The figures are not judged. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));

interface Exit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end, or to that of a test that takes too long: it ends what it has started when it is told to. */
function bench(signal: AbortSignal, ...flags: string[]): Promise<Exit> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...flags], { signal }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const TINY = ['--servers=gateway', '--clients=10', '--seconds=0.3', '--rounds=1', '--json'];

// The bench reads /proc, which only Linux has.
describe.runIf(process.platform === 'linux')('npm run bench', { timeout: 180_000 }, () => {
  it('counts every delivery of a fan-out, half TCP and half WebSocket, and finds none missing', async ({
    signal,
  }) => {
    const { code, stdout, stderr } = await bench(signal, '--only=fanout-mixed', ...TINY);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('[1/1]') as string });
    expect(JSON.parse(stdout)).toMatchObject({
      rounds: 1,
      seconds: 0.3,
      failures: [],
      cases: [
        {
          name: 'fanout-mixed-10',
          kind: 'fanout',
          servers: [{ server: 'gateway', rounds: [{ lost: 0 }], median: { lost: 0 } }],
        },
      ],
    });
    const [fanout] = (JSON.parse(stdout) as { cases: Array<{ servers: Array<{ median: object }> }> }).cases;
    expect(fanout!.servers[0]!.median).toMatchObject({
      deliveries: expect.toSatisfy((count: number) => count > 0) as number,
      deliveriesPerSecond: expect.toSatisfy((rate: number) => rate > 0) as number,
      p50Milliseconds: expect.any(Number) as number,
      p99Milliseconds: expect.any(Number) as number,
      cpuMicrosecondsPerDelivery: expect.any(Number) as number,
    });
  });

  it('passes a stream through a private connection, to its last byte and its end', async ({ signal }) => {
    const { code, stdout } = await bench(signal, '--only=relay-ws-tcp', ...TINY);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      cases: [{ name: 'relay-ws-tcp', servers: [{ server: 'gateway', median: { lost: 0 } }] }],
    });
  });

  it('measures another checkout in turn, and says how sure the ratio is', async ({ signal }) => {
    const flags = ['--only=relay-tcp-tcp', '--seconds=0.2', '--rounds=2', '--turns=1', `--before=${root}`];
    const { code, stdout } = await bench(signal, ...flags);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\| before +\|.* \d\.\d{3} ± \d\.\d{3} \|/);
    expect(stdout).not.toContain('HAProxy');
  });

  it('lists its cases without measuring', async ({ signal }) => {
    const { code, stdout } = await bench(signal, '--list', '--only=connect');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'connect-tcp          gateway, floor\nconnect-ws           gateway, floor\n',
    });
  });

  it.for<[string, RegExp]>([
    ['--frobnicate', /^bench: Unknown option '--frobnicate'; --help lists the flags\n$/],
    ['--only=nothing', /^bench: --only: no case begins with "nothing"; --list shows them\n$/],
    ['--before=nowhere', /^bench: --before: "nowhere" has no server\/start\.cjs: .*\n$/],
    ['--rounds=0', /^bench: --rounds: "0" is not a whole number from 1 to 1000\n$/],
    ['--servers=nobody', /^bench: --servers: "nobody" is none of gateway, .*\n$/],
  ])('says in one line what is wrong with %s, and exits with 2', async ([flag, line], { signal }) => {
    const { code, stdout, stderr } = await bench(signal, flag);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
