import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../shared/protocol/commands.ts';
import {
  EARLY_END_REASONS,
  END_REASONS,
  IGNORED_REASONS,
  OPERATOR_REJECTIONS,
  REJECTION_REASONS,
  RELAY_END_REASONS,
  RESUME_FAILURES,
  THROTTLE_REASONS,
  UPGRADE_REJECTIONS,
} from '../../shared/protocol/reasons.ts';
import * as REASONS from '../../shared/protocol/reasons.ts';
import manifest from '../../package.json' with { type: 'json' };
import { makeCertificate } from '../support/certificate.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { MINUTE, ManualClock } from '../support/manual-time.ts';
import { countClusterEvents } from '../../server/metrics/cluster.ts';
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
import type { RawConnection } from '../support/raw-connection.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';

const TRANSPORTS = ['tcp', 'tcp-long64', 'tcp-tls', 'websocket'];
const FROM_CLIENTS = COMMANDS.filter(({ senders }) => (senders as readonly string[]).includes('client')).map(
  ({ name }) => name,
);

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

/** Scrapes every series of the gateway's own that is not zero, without those that describe the gateway. */
async function figures(): Promise<Record<string, number>> {
  const lines = (await scrape()).split('\n').filter((line) => line.startsWith('chaton_'));
  const pairs = lines.map((line) => /^(\S+(?:\{.*\})?) (\S+)$/.exec(line)!);
  const isConstant = (name: string) => /^chaton_(build_info|connections_limit|event_loop_delay)/.test(name);
  return Object.fromEntries(
    pairs
      .map(([, name, value]) => [name!, Number(value)] as const)
      .filter(([name, value]) => value > 0 && !isConstant(name)),
  );
}

async function enter(peer: RawConnection, name: string): Promise<void> {
  peer.send(login(name));
  await peer.expect(ACCEPTED);
}

/** Values that the labels of each counter can have, from where the code defines them. */
const LABELLED: Readonly<Record<string, Readonly<Record<string, readonly (string | number)[]>>>> = {
  chaton_connections_opened_total: { transport: TRANSPORTS },
  chaton_logins_total: { outcome: ['accepted', 'refused'] },
  chaton_commands_ignored_total: { command: FROM_CLIENTS, reason: IGNORED_REASONS },
  chaton_clients_throttled_total: { reason: THROTTLE_REASONS },
  chaton_resumes_failed_total: { reason: RESUME_FAILURES },
  chaton_connections_rejected_total: { reason: REJECTION_REASONS },
  chaton_upgrades_rejected_total: { reason: UPGRADE_REJECTIONS },
  chaton_connections_ended_early_total: { reason: EARLY_END_REASONS },
  chaton_wrong_port_total: { long_bytes: [4, 8] },
  chaton_relay_endpoints_ended_total: { reason: RELAY_END_REASONS },
  chaton_http_failures_total: { listener: ['page', 'operator'], status: [500, 503] },
  chaton_operator_requests_rejected_total: { reason: OPERATOR_REJECTIONS },
  chaton_commands_total: { command: FROM_CLIENTS, direction: ['in'] },
  chaton_bytes_total: { direction: ['in', 'out'] },
  chaton_connections: { transport: TRANSPORTS, phase: ['unidentified', 'identified', 'waiting', 'relayed'] },
};

function seriesOf(name: string, labels: (typeof LABELLED)[string]): string[] {
  let all = [''];
  for (const [label, values] of Object.entries(labels))
    all = all.flatMap((some) => values.map((value) => `${some}${some && ','}${label}="${value}"`));
  return all.map((one) => `${name}{${one}} 0`);
}

describe('at the first scrape', () => {
  let fresh: TestGateway;
  let text: string;
  beforeAll(async () => {
    fresh = await startTestGateway();
    ({ text } = await fresh.metrics.scrape());
  });
  afterAll(() => fresh.stop());

  const types = () =>
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!] as const);

  it('every counter is at 0 for every value that its labels can have: rate() sees the first event', () => {
    const lines = new Set(text.split('\n'));
    const expected = Object.entries(LABELLED).flatMap(([name, labels]) => seriesOf(name, labels));
    expect(expected.length).toBeGreaterThan(100);
    expect(expected.filter((series) => !lines.has(series))).toEqual([]);
    for (const reason of END_REASONS)
      expect(text).toMatch(
        new RegExp(
          `^chaton_connections_ended_total\\{reason="${reason}",by_server="(true|false)"\\} 0$`,
          'm',
        ),
      );
  });

  it('of each table of reasons every value has its series, in a cluster those of one', async () => {
    const registry = new Registry();
    countClusterEvents(registry);
    const all = text + (await registry.metrics());
    const tables = Object.entries(REASONS).filter(
      ([name]) => /^[A-Z_]+S$/.test(name) && name !== 'CLOSE_CODES',
    );
    expect(tables.length).toBeGreaterThan(8);
    for (const [name, values] of tables)
      for (const value of values as readonly string[])
        expect([name, value, all.includes(`="${value}"`)]).toEqual([name, value, true]);
  });

  it('D5: commands are counted in the directions in which they may be sent, and in no other', () => {
    const series = [...text.matchAll(/^chaton_commands_total\{command="(\w+)",direction="(\w+)"\} 0$/gm)];
    expect(series.map(([, command, direction]) => `${command} ${direction}`)).toEqual(
      COMMANDS.flatMap(({ name, senders }) =>
        senders.map((sender) => `${name} ${sender === 'client' ? 'in' : 'out'}`),
      ),
    );
  });

  it('no counter is without a series, and none has labels that the test above does not know', () => {
    const known = new Set([...Object.keys(LABELLED), 'chaton_connections_ended_total']);
    for (const [name, type] of types()) {
      if (type !== 'counter') continue;
      if (known.has(name)) expect(text).toMatch(new RegExp(`^${name}\\{`, 'm'));
      else expect(text).toMatch(new RegExp(`^${name} 0$`, 'm'));
    }
  });

  it('names are such as Prometheus wants them: base units, and _total for counters only', () => {
    expect(types().length).toBeGreaterThan(30);
    for (const [name, type] of types()) {
      expect(name).toMatch(/^chaton_[a-z]+(_[a-z]+)*$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(
        /_(ms|milliseconds|kilobytes|mib|count|sum|bucket)(_|$)|_(bytes|seconds)_(?!total$)/,
      );
      expect(name).not.toMatch(/held_back|turned_away|legs|pages/);
      expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.*\\.$`, 'm'));
    }
  });

  it('says which version runs, how many connections there can be, and how busy the event loop is', () => {
    const { version } = manifest;
    // The suite's own packages have something native for this machine, or nothing: both are told.
    const expected = process.arch === 'x64' ? 'native' : '(?:native|js)';
    expect(text).toMatch(
      new RegExp(
        `^chaton_build_info\\{version="${version}",node="${process.versions.node}",unmasking="${expected}"\\} 1$`,
        'm',
      ),
    );
    expect(text).toContain(`chaton_connections_limit ${fresh.admission.capacity}\n`);
    expect(text).toMatch(/^chaton_event_loop_delay_seconds \d/m);
    expect(text).toContain('chaton_pending_bytes 0\n');
  });
});

describe('the first scrape of a process', () => {
  it('has, besides, the lines of its log that were dropped, which are none', async () => {
    const process = new GatewayProcess([
      '--tcp-port=0',
      '--tcp-long64-port=0',
      '--http-port=0',
      '--admin-port=0',
    ]);
    try {
      const { admin } = await process.ready();
      const text = await (await fetch(`${admin}/metrics`)).text();
      expect(text).toMatch(/^chaton_log_lines_dropped_total 0$/m);
      const born = [...text.matchAll(/^# TYPE (chaton_\w+_total) counter$/gm)].map(([, name]) => name!);
      expect(born.length).toBeGreaterThan(20);
      for (const name of born) expect(text).toMatch(new RegExp(`^${name}(\\{.*\\})? 0$`, 'm'));
      // Nothing but what describes the gateway, its process and its memory is otherwise.
      expect([...text.matchAll(/^(chaton_\w+_total)(?:\{.*\})? [1-9]/gm)]).toEqual([]);
    } finally {
      process.kill('SIGTERM');
      await process.exit;
    }
  });
});

describe('the high-water mark of pending bytes', () => {
  it('is the same for whoever scrapes, and is forgotten after half a minute, or a whole', async () => {
    const clock = new ManualClock();
    const watched = await startTestGateway({}, {}, clock);
    const mark = async () =>
      /^chaton_client_pending_high_water_bytes (\d+)$/m.exec((await watched.metrics.scrape()).text)![1];
    watched.chat.counters.pendingBytes(1234);
    expect([await mark(), await mark()]).toEqual(['1234', '1234']);
    clock.advance(MINUTE / 2);
    expect([await mark(), await mark()]).toEqual(['1234', '1234']);
    clock.advance(MINUTE / 2);
    expect([await mark(), await mark()]).toEqual(['0', '0']);
    await watched.stop();
  });
});

describe('the certificate', () => {
  it('has its expiry, by file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chaton-metrics-'));
    const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const { cert, key } = makeCertificate('localhost');
    writeFileSync(tlsCert, cert);
    writeFileSync(tlsKey, key);
    const secure = await startTestGateway({ tlsTcpPort: 0, tlsCert, tlsKey });
    const { text } = await secure.metrics.scrape();
    expect(text).toContain(
      `chaton_certificate_expiry_timestamp_seconds{file="${tlsCert}"} ${Date.UTC(2050, 0, 1) / 1000 - 1}\n`,
    );
    await secure.stop();
  });
});

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
    // The first is ignored, since nobody has that name.
    bob.send(privateMessage('bob', 'nobody', 'psst') + requestPrivate('bob', 'alice'));
    await alice.expect(requestPrivate('bob', 'alice'));
    expect(await figures()).toMatchObject({ chaton_private_requests_pending: 1 });
    alice.send(okPrivate('bob', 'alice'));
    const id = (await alice.read(idPrivate('bob', 'alice', 0).length / 2)).slice(-8);
    await bob.read(idPrivate('bob', 'alice', 0).length / 2);
    const [first, second] = [await plain(), await plain()];
    first.send(`09${id}`);
    second.send(`09${id}`);
    for (const endpoint of [first, second]) await endpoint.expect('0a');
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
      // The MESSAGE_PRIVATE is the longest since the last scrape.
      chaton_client_pending_high_water_bytes: 25,
      chaton_relays_established_total: 1,
      chaton_relays_open: 1,
      chaton_relayed_bytes_total: 4,
    });
    for (const peer of [first, second, alice]) peer.end();
    await alice.expectClose();
    expect(await figures()).toMatchObject({
      'chaton_connections_ended_total{reason="left",by_server="false"}': 1,
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
    // From the first scrape on, whatever was collected until then.
    for (const kind of ['major', 'minor', 'incremental', 'weakcb'])
      expect(text).toMatch(new RegExp(`^nodejs_gc_duration_seconds_count\\{kind="${kind}"\\} `, 'm'));
  });
});
