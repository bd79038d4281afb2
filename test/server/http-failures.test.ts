import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { FailureReporter } from '../../server/http/failures.ts';
import { Metrics } from '../../server/metrics/metrics.ts';
import { ThrottledLog } from '../../server/log/throttled-log.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { bytes, login } from '../support/raw-hex.ts';

let gateway: TestGateway | undefined;
afterEach(() => gateway?.stop());

interface Line {
  readonly level: string;
  readonly text: string;
  readonly about: Record<string, unknown>;
}

/** Builds an application that fails in every way it can; gives its log, too. */
function failing() {
  const lines: Line[] = [];
  const say = (level: string) => (about: object, text: string) =>
    lines.push({ level, text, about: about as Record<string, unknown> });
  const log = new ThrottledLog({ warn: say('warn'), error: say('error') } as never);
  const metrics = new Metrics();
  const failures = new FailureReporter('page', log, metrics.events);
  const app = fastify({ logController: failures });
  failures.installOn(app);
  app.get('/throws', () => {
    throw new Error('EIO: i/o error, read /secret/path');
  });
  app.get('/rejects', () => Promise.reject(Object.assign(new Error('secret'), { statusCode: 507 })));
  app.get('/no-error', () => Promise.reject(new Error('secret', { cause: 'secret' })));
  app.get('/says', (_request, reply) => reply.code(503).send({ status: 'not ready' }));
  app.get('/readyz', (_request, reply) => reply.code(503).send({ status: 'not ready' }));
  app.get('/bad', () => Promise.reject(Object.assign(new Error('what was wrong'), { statusCode: 422 })));
  app.get('/fine', () => ({ fine: true }));
  app.get('/breaks', (_request, reply) =>
    reply.send(
      Readable.from(
        (async function* () {
          yield 'the beginning';
          await Promise.resolve();
          throw new Error('EIO: secret');
        })(),
      ),
    ),
  );
  return { app, log, lines, metrics };
}

describe('what is answered 5xx', () => {
  it('is logged with its reason and counted; the one who asked is told nothing of it', async () => {
    const { app, lines, metrics } = failing();
    for (const [url, status, body] of [
      ['/throws', 500, '{"error":"internal error"}'],
      ['/rejects', 507, '{"error":"internal error"}'],
      ['/no-error', 500, '{"error":"internal error"}'],
      ['/says', 503, '{"status":"not ready"}'],
      // A proxy asks each second: the verdict has a line of its own when it changes.
      ['/readyz', 503, '{"status":"not ready"}'],
      ['/bad', 422, '{"error":"what was wrong"}'],
      ['/fine', 200, '{"fine":true}'],
    ] as const) {
      const answer = await app.inject(url);
      expect([url, answer.statusCode, answer.body]).toEqual([url, status, body]);
    }
    expect(lines.map(({ level, about }) => [level, about['route'], about['status'], !!about['err']])).toEqual(
      [
        ['error', 'GET /throws', 500, true],
        ['error', 'GET /rejects', 507, true],
        ['error', 'GET /no-error', 500, true],
        ['warn', 'GET /says', 503, false],
      ],
    );
    const { text } = await metrics.scrape();
    expect(text).toContain('chaton_http_failures_total{listener="page",status="500"} 2\n');
    expect(text).toContain('chaton_http_failures_total{listener="page",status="503"} 1\n');
    await app.close();
  });

  it('so is an answer that breaks off in its middle, through no fault of the one who asked', async () => {
    const { app, lines } = failing();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /breaks HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket.resume(), 'close');
    await expect.poll(() => lines.map(({ about }) => about['route'])).toEqual(['GET /breaks']);
    expect((lines[0]!.about['err'] as Error).message).toBe('EIO: secret');
    await app.close();
  });

  it('a thousand times, is two lines', async () => {
    const { app, log, lines, metrics } = failing();
    for (let times = 0; times < 1000; times++) await app.inject('/throws');
    expect(lines).toHaveLength(1);
    log.report();
    expect(lines.map(({ about }) => about['requests'])).toEqual([undefined, 999]);
    log.report();
    expect(lines).toHaveLength(2);
    expect((await metrics.scrape()).text).toContain('status="500"} 1000\n');
    await app.close();
  });

  it('by the page’s own server, too', async () => {
    const lines: string[] = [];
    gateway = await startTestGateway({ logLevel: 'warn' }, { maxConnections: 1 }, undefined, (line) =>
      lines.push(line),
    );
    const { host, port } = gateway.addresses.http;
    // The first client is in the room, and so makes room for no other.
    const { tcp } = gateway.addresses;
    const first = connect(tcp.port, tcp.host);
    first.write(bytes(login('ann')));
    await once(first, 'data');
    expect((await fetch(`http://${host}:${port}/`)).status).toBe(503);
    first.destroy();
    await expect.poll(() => lines.filter((line) => line.includes('"request failed"'))).toHaveLength(1);
    expect(await gateway.metrics.scrape()).toMatchObject({
      text: expect.stringContaining('chaton_http_failures_total{listener="page",status="503"} 1\n') as string,
    });
  });
});
