import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir, type NetworkInterfaceInfo } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Address } from '../../server/app/listener.ts';
import type { Addresses } from '../../server/app/ports.ts';
import type { Interfaces } from '../../server/addresses/own-addresses.ts';
import { describeReachable, reachable, readyLine } from '../../server/process/ready.ts';
import { exitOf, startOn } from '../support/gateway-on.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { PATIENT } from '../support/patience.ts';

const NONE: Addresses = { http: null, https: null, tcp: null, tcpLong64: null, tcpTls: null, admin: null };

const at = (host: string, port: number): Address => ({ host, port });

function own(address: string, internal = false): NetworkInterfaceInfo {
  const rest = { address, internal, mac: '02:00:00:00:00:01', cidr: null };
  return address.includes(':')
    ? { ...rest, family: 'IPv6', netmask: 'ffff:ffff:ffff:ffff::', scopeid: 0 }
    : { ...rest, family: 'IPv4', netmask: '255.255.255.0' };
}

/** Interfaces of a laptop: cable, radio, and the bridge of its containers, which comes first in the list. */
const LAPTOP: Interfaces = {
  lo: [own('127.0.0.1', true), own('::1', true)],
  docker0: [own('172.17.0.1')],
  eth0: [own('fe80::1'), own('2001:db8::5'), own('169.254.7.7')],
  wlan0: [own('192.168.1.20')],
};

describe('the addresses that others can open', () => {
  it('of a listener on all of IPv4 are those of real interfaces, before those of containers', () => {
    const addresses = { ...NONE, http: at('0.0.0.0', 8080), tcp: at('0.0.0.0', 7777) };
    expect(reachable(addresses, LAPTOP)).toEqual({
      page: ['http://192.168.1.20:8080', 'http://172.17.0.1:8080'],
      native: ['192.168.1.20:7777', '172.17.0.1:7777'],
    });
  });

  it('of a listener on all of both are IPv4 first, and IPv6 in brackets', () => {
    expect(reachable({ ...NONE, http: at('::', 80) }, LAPTOP).page).toEqual([
      'http://192.168.1.20:80',
      'http://[2001:db8::5]:80',
      'http://172.17.0.1:80',
    ]);
  });

  it('are https where TLS is spoken, and first, since there a page can do more', () => {
    const addresses = {
      ...NONE,
      http: at('0.0.0.0', 8080),
      https: at('0.0.0.0', 8443),
      tcpLong64: at('0.0.0.0', 7778),
      tcpTls: at('0.0.0.0', 7779),
    };
    expect(reachable(addresses, { wlan0: [own('192.168.1.20')] })).toEqual({
      page: ['https://192.168.1.20:8443', 'http://192.168.1.20:8080'],
      long64: ['192.168.1.20:7778'],
      tls: ['192.168.1.20:7779'],
    });
  });

  it('are four for each listener at most', () => {
    const many = Array.from({ length: 9 }, (_, index) => own(`10.0.${index}.1`));
    expect(reachable({ ...NONE, tcp: at('0.0.0.0', 7777) }, { eth0: many }).native).toEqual([
      '10.0.0.1:7777',
      '10.0.1.1:7777',
      '10.0.2.1:7777',
      '10.0.3.1:7777',
    ]);
  });

  it.each(['127.0.0.1', '::1', '192.168.1.20'])('are not listed for a listener on %s alone', (host) => {
    expect(reachable({ ...NONE, http: at(host, 8080), tcp: at(host, 7777) }, LAPTOP)).toEqual({});
  });

  it('are none on a machine without a network', () => {
    const { lo } = LAPTOP;
    expect(reachable({ ...NONE, http: at('::', 8080) }, { lo, eth1: undefined })).toEqual({});
  });

  it('are not those of the operator’s listener', () => {
    expect(reachable({ ...NONE, admin: at('0.0.0.0', 9090) }, LAPTOP)).toEqual({});
  });

  it('are a line for each kind of listener at a terminal', () => {
    const found = reachable({ ...NONE, http: at('0.0.0.0', 80), tcp: at('0.0.0.0', 7777) }, LAPTOP);
    expect(describeReachable(found).split('\n')).toEqual([
      '',
      'page            http://192.168.1.20:80  http://172.17.0.1:80',
      'native clients  192.168.1.20:7777  172.17.0.1:7777',
    ]);
  });
});

describe('the line that ends the start', () => {
  let gateway: GatewayProcess | undefined;
  afterEach(() => gateway?.kill('SIGKILL'));

  it('names where each listener is', () => {
    const addresses = { ...NONE, https: at('::', 443), tcpTls: at('::', 7779), admin: at('127.0.0.1', 9090) };
    expect(readyLine(addresses)).toBe(
      'ready: page on https://[::]:443, native clients with TLS on [::]:7779, administration on http://127.0.0.1:9090',
    );
  });

  it('has those addresses as a field when it listens on all interfaces', async () => {
    gateway = new GatewayProcess([
      '--host=0.0.0.0',
      '--tcp-port=0',
      '--http-port=0',
      '--tcp-long64-port=off',
    ]);
    const { page, port } = await gateway.ready();
    gateway.kill('SIGTERM');
    const { stdout } = await gateway.exit;
    const line = JSON.parse(stdout.split('\n').find((one) => one.includes('"msg":"ready: '))!) as object;
    const http = at('0.0.0.0', Number(new URL(page).port));
    const found = reachable({ ...NONE, http, tcp: at('0.0.0.0', port) });
    expect(line).toHaveProperty('level', 30);
    expect((line as { reachable?: unknown }).reachable ?? {}).toEqual(found);
  });

  it('shows them to a person at a terminal, where each client that comes is a line more', async () => {
    const shell = 'CHATON_HOST=0.0.0.0 CHATON_LOG_LEVEL=info exec script -qfec "exec $GATEWAY" /dev/null';
    const { child, pid, port } = await startOn(shell, ['pipe', 'pipe', 'pipe']);
    let said = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text));
    const tcp = at('0.0.0.0', port);
    await vi.waitFor(() => expect(said).toContain(`native clients on 0.0.0.0:${port}`), PATIENT);
    const client = await connectRawTcp('127.0.0.1', port);
    const plain = () => stripVTControlCharacters(said);
    const line =
      /: connected {2}connection: 1 {2}transport: "tcp" {2}login: null {2}address: "127\.0\.0\.1"\r?\n/;
    await vi.waitFor(() => expect(plain()).toMatch(line), PATIENT);
    client.reset();
    process.kill(pid, 'SIGTERM');
    await exitOf(child, child);
    for (const line of describeReachable(reachable({ ...NONE, tcp })).split('\n'))
      expect(said).toContain(line);
  });
});

describe('where a sandbox keeps the interfaces of this machine from it', () => {
  it('it starts, without naming addresses: what RestrictAddressFamilies= of systemd does without AF_NETLINK', async () => {
    const preload = join(mkdtempSync(join(tmpdir(), 'chaton-sandbox-')), 'preload.cjs');
    const deny = "() => { throw new Error('uv_interface_addresses returned Unknown system error 97'); }";
    writeFileSync(
      preload,
      `require('os').networkInterfaces = ${deny}; require('module').syncBuiltinESMExports();\n`,
    );
    const gateway = new GatewayProcess(
      ['--host=::', '--tcp-port=0', '--tcp-long64-port=0', '--http-port=0'],
      { NODE_OPTIONS: `--require=${preload}` },
    );
    const { page } = await gateway.ready();
    const { port } = new URL(page);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    gateway.kill('SIGTERM');
    const { code, stdout } = await gateway.exit;
    expect(code).toBe(0);
    expect(stdout).not.toContain('"reachable"');
  });
});
