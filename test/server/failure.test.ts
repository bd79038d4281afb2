import { afterEach, describe, expect, it } from 'vitest';
import { type RawWebSocket, connectRawWebSocket } from '../support/raw-websocket.ts';
import { runGateway, type RunningGateway } from '../support/relay-process.ts';
import { RelayRoom } from '../support/relay-room.ts';

let gateway: RunningGateway | undefined;

afterEach(async () => {
  gateway?.kill('SIGKILL');
  await gateway?.exit;
});

const urlOf = ({ addresses: { http } }: RunningGateway): string => `ws://${http.host}:${http.port}/ws`;

/** Code that the process runs before its own, to make it fail as only a defect could. */
const before = (code: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
});

const fatal = (stdout: string): string[] => stdout.split('\n').filter((line) => line.includes('"level":60'));

describe('a gateway that is told to stop', () => {
  it('D26, D22: tells 100 pages, lets a private connection finish, resets the one that does not, exit code 0', async () => {
    gateway = await runGateway(['--drain-time=6s', '--drain-spread=200ms']);
    const room = new RelayRoom(gateway);
    const owners = [await room.join('a', 'tcp'), await room.join('b', 'websocket')] as const;
    const [finishing, finished] = await room.establish(...owners);
    const [endless, otherEnd] = await room.establish(...owners);
    const url = urlOf(gateway);
    const pages = await Promise.all(Array.from({ length: 100 }, () => connectRawWebSocket(url)));
    const codes = pages.map(async (page: RawWebSocket) => (await page.expectClose()).code);
    gateway.kill('SIGTERM');
    expect(await Promise.all(codes)).toEqual(pages.map(() => 1001));
    await finishing.write('00ff');
    finishing.end();
    finished.end();
    await finished.inbox.expect('00ff');
    for (const endpoint of [finishing, finished]) expect((await endpoint.over).reset).toBe(false);
    for (const endpoint of [endless, otherEnd]) expect((await endpoint.over).reset).toBe(true);
    const { code, stderr } = await gateway.exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('D26, D22: waits for WebSockets where there is nothing else', async () => {
    gateway = await runGateway(['--drain-time=8s', '--drain-spread=200ms']);
    const room = new RelayRoom(gateway);
    const owners = [await room.join('a', 'websocket'), await room.join('b', 'websocket')] as const;
    const endpoints = await room.establish(...owners);
    gateway.kill('SIGTERM');
    for (const { peer } of owners) expect((await peer.expectClose()).code).toBe(1001);
    await endpoints[0].write('00ff');
    for (const endpoint of endpoints) endpoint.end();
    await endpoints[1].inbox.expect('00ff');
    for (const endpoint of endpoints) expect((await endpoint.over).reset).toBe(false);
    expect((await gateway.exit).code).toBe(0);
  });

  it('ends at once when it is told twice, whatever is running', async () => {
    gateway = await runGateway(['--drain-time=1h']);
    const room = new RelayRoom(gateway);
    await room.establish(await room.join('a', 'tcp'), await room.join('b', 'tcp'));
    const witness = await connectRawWebSocket(urlOf(gateway));
    gateway.kill('SIGTERM');
    await witness.expectClose();
    gateway.kill('SIGTERM');
    expect((await gateway.exit).code).toBe(1);
  });
});

describe('what nobody expected', () => {
  it.each([
    ['an exception', 'throw error'],
    ['an unhandled rejection', 'Promise.reject(error)'],
  ])('%s is logged with its cause and ends the process at once, exit code 1', async (_title, failure) => {
    const error = `const error = new Error('outer', { cause: new Error('inner') });`;
    gateway = await runGateway([], before(`process.on('SIGCONT', () => { ${error} ${failure} })`));
    const peer = await connectRawWebSocket(urlOf(gateway));
    gateway.kill('SIGCONT');
    const { code, stdout } = await gateway.exit;
    expect(code).toBe(1);
    const [line, ...more] = fatal(stdout);
    expect(more).toEqual([]);
    expect(line).toContain('outer');
    expect(line).toContain('caused by: Error: inner');
    expect((await peer.expectClose()).code).toBe(1006);
  });
});
