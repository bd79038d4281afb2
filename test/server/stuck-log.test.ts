/** Blocked logs, which cannot be written or are not read: the chat goes on, and the process ends when it is told to. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LogOutput } from '../../server/log/log-output.ts';
import { exitOf, startOn, type GatewayOn } from '../support/gateway-on.ts';
import { ACCEPTED, login, message, privateMessage } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { PATIENT } from '../support/patience.ts';

const DROPPED = 'chaton_log_lines_dropped_total';
/**
 * Number of ignored commands, each a line of the log; together they are more than any pipe and the gateway's own queue
 * hold.
 */
const IGNORED = 10_000;

const folder = mkdtempSync(join(tmpdir(), 'chaton-stuck-log-'));
const started: GatewayOn[] = [];
const descriptors: number[] = [];

afterEach(async () => {
  for (const { child, pid, gone } of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended, as it should.
    }
    await gone();
  }
  for (const fd of descriptors.splice(0)) closeSync(fd);
});

async function start(...args: Parameters<typeof startOn>): Promise<GatewayOn> {
  const gateway = await startOn(...args);
  started.push(gateway);
  return gateway;
}

function open(path: string, flags: number | string): number {
  const fd = openSync(path, flags);
  descriptors.push(fd);
  return fd;
}

/** Makes a pipe of which the test holds both ends, so that it decides when to read. */
function makePipe(): { readonly reader: number; readonly writer: number } {
  const path = join(folder, `pipe-${performance.now()}`);
  execFileSync('mkfifo', [path]);
  const reader = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: open(path, 'w') };
}

/** Reads all that the pipe has now. */
function readAll(reader: number): string {
  const pieces: Buffer[] = [];
  const piece = Buffer.alloc(64 * 1024);
  try {
    for (let count = readSync(reader, piece); count > 0; count = readSync(reader, piece))
      pieces.push(Buffer.from(piece.subarray(0, count)));
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
  }
  return Buffer.concat(pieces).toString();
}

/** Fills the log; resolves when the gateway has carried on and still answers. */
async function talk({ host, port }: GatewayOn, ignored = IGNORED): Promise<void> {
  const peer = await connectRawTcp(host, port);
  peer.send(login('alice'));
  await peer.expect(ACCEPTED);
  peer.send(privateMessage('alice', 'nobody', 'hi').repeat(ignored) + message('alice', 'still here'));
  await peer.expect(message('alice', 'still here'));
  peer.end();
  await peer.expectClose();
}

/** Resolves once `check` no longer throws. */
const eventually = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, PATIENT);

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const droppedIn = (text: string): number[] =>
  [...text.matchAll(/"lines":(\d+),"msg":"lines of this log were dropped/g)].map(([, lines]) =>
    Number(lines),
  );

describe('the chat goes on, and SIGTERM ends the process with 0', () => {
  it('on a full disk', async () => {
    const gateway = await start('exec $GATEWAY', ['ignore', open('/dev/full', 'w'), 'pipe']);
    await talk(gateway, 100);
    await eventually(async () => expect(await gateway.metric(DROPPED)).toBeGreaterThanOrEqual(100));
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
  });

  it('on a pipe that nobody reads', async () => {
    const { reader, writer } = makePipe();
    const gateway = await start('exec $GATEWAY', ['ignore', writer, 'pipe']);
    await talk(gateway);
    expect(await gateway.metric(DROPPED)).toBeGreaterThan(0);
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
    // The pipe has whole lines but for the last, in order.
    for (const line of linesOf(readAll(reader)).slice(0, -1)) JSON.parse(line);
  });

  it('on a socket that nobody reads, as a supervisor gives it', async () => {
    // Node's "pipe" to a child is a pair of sockets.
    const gateway = await start('exec $GATEWAY', ['ignore', 'pipe', 'pipe']);
    await talk(gateway);
    expect(await gateway.metric(DROPPED)).toBeGreaterThan(0);
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
  });

  it('on a pipe whose reader has gone', async () => {
    const { reader, writer } = makePipe();
    const gateway = await start('exec $GATEWAY', ['ignore', writer, 'pipe']);
    closeSync(descriptors.splice(descriptors.indexOf(reader), 1)[0]!);
    await talk(gateway, 100);
    await eventually(async () => expect(await gateway.metric(DROPPED)).toBeGreaterThanOrEqual(100));
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
  });

  it('on a terminal that stands still', async () => {
    // Output of `script` is not read, so that it does not read its terminal; `script` passes on the exit code.
    const gateway = await start('exec script -qfec "exec $GATEWAY" /dev/null', ['pipe', 'pipe', 'pipe']);
    // Ctrl-S stops the terminal as well; either alone would do.
    gateway.child.stdin!.on('error', () => {}).write('\x13');
    await talk(gateway);
    expect(await gateway.metric(DROPPED)).toBeGreaterThan(0);
    process.kill(gateway.pid, 'SIGTERM');
    await gateway.gone();
    gateway.child.stdout!.resume();
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
  });

  it('but not with 0 where a disk does not answer, which holds a thread: it ends all the same', async () => {
    const path = join(folder, 'nobody-writes');
    execFileSync('mkfifo', [path]);
    // The thread waits for a writer as it would for a file server that is gone.
    const fault = `import('node:fs').then(({ open }) => open(${JSON.stringify(path)}, 'r', () => {}));`;
    const gateway = await start('exec $GATEWAY', ['ignore', 'ignore', 'pipe'], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
    });
    process.kill(gateway.pid, 'SIGTERM');
    await gateway.gone();
  });

  it('an unexpected failure ends it with 1 all the same', async () => {
    const { writer } = makePipe();
    const fault = 'process.on("SIGCONT", () => { throw new Error("a defect"); });';
    const gateway = await start('exec $GATEWAY', ['ignore', writer, 'pipe'], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
    });
    await talk(gateway);
    process.kill(gateway.pid, 'SIGCONT');
    expect(await exitOf(gateway.child, gateway.child)).toBe(1);
  });
});

describe('when it can be written again', () => {
  it('a pipe that is read at last says how many lines are missing, exactly, and the end comes in order', async () => {
    const { reader, writer } = makePipe();
    const gateway = await start('exec $GATEWAY', ['ignore', writer, 'pipe']);
    await talk(gateway);
    const missing = await gateway.metric(DROPPED);
    let text = '';
    await eventually(() => {
      text += readAll(reader);
      expect(droppedIn(text).reduce((sum, lines) => sum + lines, 0)).toBe(missing);
    });
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
    text += readAll(reader);
    const said = linesOf(text).map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(said.slice(-2)).toEqual(['SIGTERM: stopping', 'stopped']);
    // Every line is there or counted as missing.
    expect(said.filter((msg) => msg === 'command ignored').length + missing).toBeGreaterThanOrEqual(IGNORED);
  });

  it('a file that may grow again goes on with whole lines, after one that says how many are missing', async () => {
    const path = join(folder, 'log');
    // The limit is 64 KiB; a write beyond it fails as at the end of a disk.
    const gateway = await start(`ulimit -f 128; exec $GATEWAY >> ${path}`, ['ignore', 'ignore', 'pipe']);
    await talk(gateway, 1_000);
    // Every line is there or missing by the end of the wait.
    const lines = await eventually(async () => {
      const there = linesOf(readFileSync(path, 'utf8'));
      expect(there.length + (await gateway.metric(DROPPED))).toBeGreaterThan(1_000);
      return there;
    });
    for (const line of lines.slice(0, -1)) JSON.parse(line);
    truncateSync(path);
    await eventually(() => expect(droppedIn(readFileSync(path, 'utf8'))).toHaveLength(1));
    expect(droppedIn(readFileSync(path, 'utf8'))).toEqual([await gateway.metric(DROPPED)]);
    process.kill(gateway.pid, 'SIGTERM');
    expect(await exitOf(gateway.child, gateway.child)).toBe(0);
    const said = linesOf(readFileSync(path, 'utf8')).map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(said.slice(-2)).toEqual(['SIGTERM: stopping', 'stopped']);
  });
});

describe('the queue before a pipe', () => {
  it('keeps the order of lines that come one in a turn, and loses none, however slowly it is read', async () => {
    const { reader, writer } = makePipe();
    const output = new LogOutput(writer);
    const wanted = Array.from({ length: 5_000 }, (_, number) => `line ${number} ${'.'.repeat(number % 90)}`);
    let text = '';
    for (const [number, line] of wanted.entries()) {
      output.write(`${line}\n`);
      await new Promise(setImmediate);
      // The pipe has been full for long when it is read.
      if (number % 2_000 === 1_999) text += readAll(reader);
    }
    await eventually(() => {
      text += readAll(reader);
      expect(linesOf(text)).toHaveLength(wanted.length);
    });
    expect(linesOf(text)).toEqual(wanted);
    expect(output.dropped).toBe(0);
    output.close();
  });
});

it('what is printed by the way, and warnings of Node, are lines of the log', async () => {
  const printing =
    'process.on("SIGCONT", () => { console.log("by %s", "the way"); console.error("loud"); process.emitWarning("odd"); });';
  const gateway = await start('exec $GATEWAY', ['ignore', 'pipe', 'pipe'], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(printing)}`,
  });
  let stdout = '';
  let stderr = '';
  gateway.child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  gateway.child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await eventually(() => expect(stdout).toContain('"msg":"ready: '));
  process.kill(gateway.pid, 'SIGCONT');
  await eventually(() => expect(stdout).toContain('a warning of Node'));
  process.kill(gateway.pid, 'SIGTERM');
  await once(gateway.child, 'close');
  const said = linesOf(stdout).map((line) => JSON.parse(line) as { level: number; msg: string });
  expect(said).toContainEqual(expect.objectContaining({ level: 30, msg: 'by the way' }));
  expect(said).toContainEqual(expect.objectContaining({ level: 40, msg: 'loud' }));
  expect(stderr).toBe('');
});
