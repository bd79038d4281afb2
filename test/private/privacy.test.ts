import { describe, expect, it } from 'vitest';
import { login, requestPrivate } from '../support/raw-hex.ts';
import { LONG_BYTES, loginPrivate } from '../support/relay-hex.ts';
import { KINDS, type RawConnection } from '../support/raw-connection.ts';
import { RawWebSocket } from '../support/raw-websocket.ts';
import { untilHeld, useRelayRoom } from '../support/relay-room.ts';

/** Address of the client that the others may not find out; commands are compared byte for byte elsewhere. */
const SECRET = '127.0.44.55';

/** Patterns for every form of an address that could slip out, in binary and in text. */
const TRACES: readonly RegExp[] = [
  /\d+\.\d+\.\d+\.\d+/,
  /127.{1,2}0.{1,2}44/,
  /7f00/i,
  /\x7f\x00\x2c\x37/,
  /::/,
  /\d{4}/,
];

/** Faults for which the server closes a connection. */
const FAULTS: ReadonlyArray<readonly [what: string, hex: (size: 4 | 8) => string]> = [
  ['an unknown opcode', () => '7f'],
  ['a negative size', () => '00ffffffff'],
  ['invalid UTF-8', () => '0000000001ff'],
  ['a wrong connect_id', (size) => loginPrivate(1, size)],
  ['LOGIN_PRIVATE when identified', (size) => login('x') + loginPrivate(1, size)],
  ['10 refused logins', () => login('').repeat(10)],
  ['101 ignored commands', () => requestPrivate('a', 'b').repeat(101)],
];

/** Ways for a WebSocket side to break, so that the other is told something. */
const BREAKS: ReadonlyArray<readonly [what: string, breaks: (endpoint: RawWebSocket) => void]> = [
  ['resets', (endpoint) => endpoint.reset()],
  ['closes with words of its own', (endpoint) => endpoint.socket.close(4000, `I am ${SECRET}`)],
  ['sends text', (endpoint) => endpoint.socket.send(`I am ${SECRET}`)],
];

/** Reads all that came, and the reason of the close. */
async function heard(endpoint: RawConnection): Promise<string> {
  const bytes = await endpoint.inbox.readToEnd();
  if (endpoint.kind !== 'websocket') endpoint.end();
  const { reason = '' } = await endpoint.over;
  return Buffer.from(bytes, 'hex').toString('latin1') + reason;
}

function expectNoTrace(text: string): void {
  for (const trace of TRACES) expect(text).not.toMatch(trace);
}

describe.each(KINDS)('an address, of a client over %s', (kind) => {
  const running = useRelayRoom();

  it.each(FAULTS)('D23: is in nothing that is said at a close for %s', async (_, hex) => {
    const endpoint = await running.room.connect(kind, SECRET);
    await endpoint.write(hex(LONG_BYTES[kind]));
    expectNoTrace(await heard(endpoint));
  });

  it.each(BREAKS)('D21, D23: is in nothing that an endpoint is told when the other %s', async (_, breaks) => {
    const { room } = running;
    const id = await room.negotiate(await room.join('a', 'tcp'), await room.join('b', 'tcp'));
    const endpoint = await room.present(id, 'websocket', SECRET);
    const other = await room.present(id, kind);
    for (const each of [endpoint, other]) await each.inbox.expect('0a');
    if (!(endpoint instanceof RawWebSocket)) throw new Error('not a WebSocket');
    breaks(endpoint);
    const { reset, reason = '' } = await other.over;
    expect(reset).toBe(true);
    expectNoTrace(reason);
  });

  it('D23: is in no public answer while clients and endpoints from there are connected', async () => {
    const { room, gateway } = running;
    const id = await room.negotiate(await room.join('a', 'tcp'), await room.join('b', 'tcp'));
    await room.present(id, kind, SECRET);
    const client = await room.connect(kind, SECRET);
    await client.write(login('secretive'));
    await client.inbox.expect('01');
    await untilHeld(gateway, { connections: 3, clients: 3, endpoints: 1, ids: 1 });
    const { host, port } = gateway.addresses.http;
    for (const path of ['/', '/healthz', '/ws', '/metrics', '/nothing']) {
      const answer = await fetch(`http://${host}:${port}${path}`);
      const headers = [...answer.headers].map((header) => header.join(': ')).join('\n');
      const text = headers + (await answer.text());
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('secretive');
    }
  });
});
