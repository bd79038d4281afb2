/** A client that breaks the rules of TLS, whatever it is beside that: who ends for it, with which reason and count. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSecureGateway } from '../support/secure-gateway.ts';
import type { TestGateway } from '../support/gateway.ts';
import { login, message } from '../support/raw-hex.ts';
import { TlsRecords } from '../support/tls-records.ts';

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

let gateway: TestGateway;
const clients: TlsRecords[] = [];

beforeEach(async () => {
  gateway = await startSecureGateway();
});

afterEach(async () => {
  for (const { under } of clients.splice(0)) under.destroy();
  await gateway.stop();
});

async function connect(listener: 'tcpTls' | 'https'): Promise<TlsRecords> {
  const client = await TlsRecords.connect(gateway.addresses[listener]!.port);
  clients.push(client);
  return client;
}

/** Bytes of a flood: thirty KeyUpdates and one byte, again and again. */
function flood(client: TlsRecords, content: Buffer): Buffer {
  const parts = Array.from(content, (byte) => [
    ...Array.from({ length: 30 }, () => client.keyUpdate()),
    client.record(Buffer.of(byte)),
  ]);
  return Buffer.concat(parts.flat());
}

/** Value of a metric, of the series that begins so. */
async function value(series: string): Promise<number> {
  const { text } = await gateway.metrics.scrape();
  const line = text.split('\n').find((each) => each.startsWith(series));
  return Number(line?.split(' ').at(-1));
}

describe('a flood of KeyUpdates ends with a reason, and is counted', () => {
  const commands = Buffer.from(login('flood') + message('flood', 'x'.repeat(170)), 'hex');
  const frame = Buffer.from('82fe00fa00000000', 'hex');
  it.each([
    ['a native client', 'tcpTls', '', commands, 'chaton_connections_ended_total'],
    ['a WebSocket', 'https', UPGRADE, Buffer.concat([frame, commands]), 'chaton_connections_ended_total'],
    [
      'a request',
      'https',
      'GET / HTTP/1.1\r\nX: ',
      Buffer.alloc(200, 'x'),
      'chaton_connections_ended_early_total',
    ],
  ] as const)('%s', async (_who, listener, first, content, metric) => {
    const client = await connect(listener);
    client.under.resume();
    if (first !== '') client.under.write(client.record(Buffer.from(first)));
    client.under.write(flood(client, content));
    await expect.poll(() => value(`${metric}{reason="transport rules broken"`)).toBe(1);
    await expect.poll(() => gateway.admission.open).toBe(0);
  });
});

describe('a record that cannot be read ends with a reason, and is counted', () => {
  it.each([
    ['a native client', 'tcpTls', '', 'chaton_connections_ended_total'],
    ['a WebSocket', 'https', UPGRADE, 'chaton_connections_ended_total'],
    ['a request', 'https', 'GET / ', 'chaton_connections_ended_early_total'],
  ] as const)('%s', async (who, listener, first, metric) => {
    const client = await connect(listener);
    client.under.resume().write(client.record(Buffer.from(first)));
    if (who === 'a WebSocket')
      await expect.poll(() => value('chaton_connections_opened_total{transport="w')).toBe(1);
    client.under.write('GET / HTTP/1.1\r\n\r\n');
    await expect.poll(() => value(`${metric}{reason="transport rules broken"`)).toBe(1);
    await expect.poll(() => gateway.admission.open).toBe(0);
  });

  it('but an alert is the client’s own end of its connection', async () => {
    const client = await connect('tcpTls');
    client.under.resume().write(client.record(Buffer.from(login('alerted'), 'hex')));
    client.under.write(client.record(Buffer.of(2, 80), 21));
    await expect.poll(() => value('chaton_connections_ended_total{reason="connection lost"')).toBe(1);
  });
});

it('a client whose TLS pads every record by a kilobyte, and that says sixty things at once, is served on', async () => {
  const client = await connect('tcpTls');
  const padded = (hex: string) =>
    client.record(Buffer.concat([Buffer.from(hex, 'hex'), Buffer.of(23), Buffer.alloc(1_000)]), 0);
  client.under.write(padded(login('padded')));
  client.under.resume();
  // Each in a read of its own.
  for (let sent = 1; sent <= 60; sent++) {
    client.under.write(padded(message('padded', 'x')));
    await expect.poll(() => value('chaton_deliveries_total')).toBe(1 + sent);
  }
});
