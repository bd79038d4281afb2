import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Readiness, type Verdict } from '../../server/http/readiness.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ adminPort: 0 });
});

afterAll(() => gateway.stop());

const readyz = async (): Promise<{ status: number; text: string }> => {
  const { host, port } = gateway.addresses.http;
  const response = await fetch(`http://${host}:${port}/readyz`);
  return { status: response.status, text: await response.text() };
};

/** Starts a listener that is not the gateway’s. */
async function impostor(onConnection: (socket: import('node:net').Socket) => void): Promise<Server> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function readinessWithTcp(
  port: number,
  options: Omit<ConstructorParameters<typeof Readiness>[0], 'tcp' | 'http'> = {},
): Readiness {
  const http = { ...gateway.addresses.http, secure: false };
  return new Readiness({ tcp: { host: '127.0.0.1', port, secure: false }, http, ...options });
}

describe('GET /readyz', () => {
  it('D7: is a real LOGIN over TCP and WebSocket, and nobody in the room notices', async () => {
    const { tcp } = gateway.addresses;
    const alice = await connectRawTcp(tcp.host, tcp.port);
    alice.send(login('alice'));
    await alice.expect(ACCEPTED);
    const refusedBefore = gateway.chat.counters.commandsOut[2]!;
    expect(await readyz()).toEqual({ status: 200, text: '{"status":"ready"}' });
    expect(gateway.chat.counters.commandsOut[2]! - refusedBefore).toBe(2);
    expect(gateway.chat.clients).toBe(1);
    // The probe neither counts in the metrics, nor sends a byte to the clients in the room.
    const { text } = await gateway.metrics.scrape();
    expect(text).toContain('chaton_connections_opened_total{transport="tcp"} 1');
    expect(text).toContain('chaton_connections_opened_total{transport="websocket"} 0');
    alice.send(message('alice', 'still here'));
    await alice.expect(message('alice', 'still here'));
    alice.end();
    await alice.expectClose();
  });

  it('is asked once for all who ask at the same time', async () => {
    const readiness = readinessWithTcp(gateway.addresses.tcp.port);
    const before = gateway.chat.counters.commandsIn[0]!;
    expect(await Promise.all([readiness.check(), readiness.check(), readiness.check()])).toEqual([
      null,
      null,
      null,
    ]);
    expect(gateway.chat.counters.commandsIn[0]! - before).toBe(2);
  });

  it.each<readonly [string, (socket: import('node:net').Socket) => void, RegExp]>([
    ['accepts and never answers', () => {}, /^TCP: no answer within 2000 ms$/],
    ['hangs up', (socket) => socket.destroy(), /^TCP: /],
    [
      'answers something else',
      (socket) => socket.end('HTTP/1.1 400'),
      /^TCP: not the answer of a Chaton server$/,
    ],
  ])('is not ready when the TCP listener %s', async (_name, onConnection, says) => {
    const server = await impostor(onConnection);
    const { port } = server.address() as AddressInfo;
    expect(await readinessWithTcp(port).check()).toMatch(says);
    server.close();
  });

  it('is not ready when nothing listens', async () => {
    const server = await impostor(() => {});
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await readinessWithTcp(port).check()).toBe('TCP: ECONNREFUSED');
  });

  it('is not ready while draining, whatever still answers', async () => {
    const readiness = readinessWithTcp(gateway.addresses.tcp.port);
    expect(await readiness.check()).toBeNull();
    readiness.answerDraining();
    expect(await readiness.check()).toBe('draining');
  });

  it('is not ready when it drains while a check is under way', async () => {
    const told: Verdict[] = [];
    const onChange = (verdict: Verdict) => void told.push(verdict);
    const readiness = readinessWithTcp(gateway.addresses.tcp.port, { onChange });
    const begun = readiness.check();
    readiness.answerDraining();
    expect(await readiness.check()).toBe('draining');
    expect(await begun).toBe('draining');
    expect(told).toEqual(['draining']);
  });

  it('is reported when it changes, and not each time that a proxy asks', async () => {
    const told: Verdict[] = [];
    let ofRoom: Verdict = null;
    const options = { verdictOfRoom: () => ofRoom, onChange: (verdict: Verdict) => void told.push(verdict) };
    const readiness = readinessWithTcp(gateway.addresses.tcp.port, options);
    for (ofRoom of [null, 'joining', 'joining', 'lost', null, null]) await readiness.check();
    expect(told).toEqual(['joining', 'lost', null]);
  });
});
