import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import {
  ACCEPTED,
  idPrivate,
  login,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
} from '../support/raw-hex.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ adminPort: 0 });
});

afterAll(() => gateway.stop());

async function scrape(): Promise<string> {
  const { host, port } = gateway.addresses.admin!;
  const response = await fetch(`http://${host}:${port}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return response.text();
}

/** Every series of ours that is not zero. */
async function figures(): Promise<Record<string, number>> {
  const lines = (await scrape()).split('\n').filter((line) => line.startsWith('chaton_'));
  const pairs = lines.map((line) => /^(\S+(?:\{.*\})?) (\S+)$/.exec(line)!);
  return Object.fromEntries(
    pairs.map(([, name, value]) => [name!, Number(value)] as const).filter(([, value]) => value > 0),
  );
}

async function enter(peer: RawPeer, name: string): Promise<void> {
  peer.send(login(name));
  await peer.expect(ACCEPTED);
}

describe('the figures', () => {
  it('of a small chat are exact (D6)', async () => {
    const { tcp, http } = gateway.addresses;
    const plain = () => connectRawTcp(tcp.host, tcp.port);
    const [alice, refused] = [await plain(), await plain()];
    const bob = await connectRawWebSocket(`ws://${http.host}:${http.port}/ws`);
    await enter(alice, 'alice');
    await enter(bob, 'bob');
    refused.send(login('bob'));
    await refused.expect(REFUSED);
    alice.send(message('alice', 'hello'));
    for (const peer of [alice, bob]) await peer.expect(message('alice', 'hello'));
    bob.send(privateMessage('bob', 'alice', 'psst'));
    await alice.expect(privateMessage('bob', 'alice', 'psst'));
    // Not carried out: nobody of that name.
    bob.send(privateMessage('bob', 'nobody', 'psst') + requestPrivate('bob', 'alice'));
    await alice.expect(requestPrivate('bob', 'alice'));
    expect(await figures()).toMatchObject({ chaton_private_requests_pending: 1 });
    alice.send(okPrivate('bob', 'alice'));
    const id = (await alice.read(idPrivate('bob', 'alice', 0).length / 2)).slice(-8);
    await bob.read(idPrivate('bob', 'alice', 0).length / 2);
    const [first, second] = [await plain(), await plain()];
    first.send(`09${id}`);
    second.send(`09${id}`);
    for (const leg of [first, second]) await leg.expect('0a');
    first.send('00112233');
    await second.expect('00112233');
    expect(await figures()).toEqual({
      'chaton_connections_opened_total{transport="tcp"}': 4,
      'chaton_connections_opened_total{transport="websocket"}': 1,
      'chaton_connections{transport="tcp",phase="identified"}': 1,
      'chaton_connections{transport="tcp",phase="unidentified"}': 1,
      'chaton_connections{transport="tcp",phase="relayed"}': 2,
      'chaton_connections{transport="websocket",phase="identified"}': 1,
      'chaton_logins_total{outcome="accepted"}': 2,
      'chaton_logins_total{outcome="refused"}': 1,
      'chaton_commands_total{command="LOGIN",direction="in"}': 3,
      'chaton_commands_total{command="LOGIN_ACCEPTED",direction="out"}': 2,
      'chaton_commands_total{command="LOGIN_REFUSED",direction="out"}': 1,
      'chaton_commands_total{command="MESSAGE",direction="in"}': 1,
      'chaton_commands_total{command="MESSAGE",direction="out"}': 2,
      'chaton_commands_total{command="MESSAGE_PRIVATE",direction="in"}': 2,
      'chaton_commands_total{command="MESSAGE_PRIVATE",direction="out"}': 1,
      'chaton_commands_total{command="REQUEST_PRIVATE",direction="in"}': 1,
      'chaton_commands_total{command="REQUEST_PRIVATE",direction="out"}': 1,
      'chaton_commands_total{command="OK_PRIVATE",direction="in"}': 1,
      'chaton_commands_total{command="ID_PRIVATE",direction="out"}': 2,
      'chaton_commands_total{command="LOGIN_PRIVATE",direction="in"}': 2,
      'chaton_commands_total{command="ESTABLISHED",direction="out"}': 2,
      'chaton_commands_ignored_total{command="MESSAGE_PRIVATE",reason="unknown login"}': 1,
      chaton_deliveries_total: 11,
      // LOGIN 10 + 8 + 8, MESSAGE 19, MESSAGE_PRIVATE 25 + 26, REQUEST and OK 17 each, LOGIN_PRIVATE 5 twice.
      'chaton_bytes_total{direction="in"}': 140,
      // Answers 3, MESSAGE 19 twice, MESSAGE_PRIVATE 25, REQUEST 17, ID_PRIVATE 21 twice.
      'chaton_bytes_total{direction="out"}': 125,
      'chaton_batch_bytes_bucket{le="64"}': 1,
      ...Object.fromEntries(
        ['128', '256', '512', '1024', '2048', '4096', '8192', '16384', '32768', '65536', '+Inf'].map((le) => [
          `chaton_batch_bytes_bucket{le="${le}"}`,
          1,
        ]),
      ),
      chaton_batch_bytes_sum: 19,
      chaton_batch_bytes_count: 1,
      // Whoever scraped before: the MESSAGE_PRIVATE.
      chaton_outbox_high_water_bytes: 25,
      chaton_relays_established_total: 1,
      chaton_relays_open: 1,
      chaton_relayed_bytes_total: 4,
    });
    for (const peer of [first, second, alice]) peer.end();
    await alice.expectClose();
    expect(await figures()).toMatchObject({
      'chaton_connections_ended_total{reason="left",for_cause="false"}': 1,
      chaton_relayed_bytes_total: 4,
    });
    for (const peer of [bob, refused]) peer.reset();
  });

  it('cover the process: delay of the event loop, memory, processor, descriptors', async () => {
    const text = await scrape();
    for (const name of [
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'process_open_fds',
    ])
      expect(text).toMatch(new RegExp(`^${name} `, 'm'));
  });

  it('are what the dashboard and the alerts ask for: every series named there exists', async () => {
    const names = new Set(
      [...(await scrape()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
        type === 'histogram' ? [name!, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!],
      ),
    );
    const dashboard = readFileSync(
      new URL('../../server/deploy/grafana/chaton.json', import.meta.url),
      'utf8',
    );
    const { panels } = JSON.parse(dashboard) as { panels: { targets?: { expr: string }[] }[] };
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(12);
    for (const query of queries) {
      const used = query.match(/\b(?:chaton|nodejs|process)_[a-z0-9_]+/g) ?? [];
      expect([query, used.length > 0]).toEqual([query, true]);
      for (const name of used) expect(names).toContain(name);
    }
  });
});
