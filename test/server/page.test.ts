import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Page } from '../../server/http/page.ts';
import { startTestGateway } from '../support/gateway.ts';

const SCRIPT = 'console.log("été");'.repeat(50);
const START = '<!doctype html><title>x</title>';

let app: FastifyInstance;

beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), 'chaton-page-'));
  mkdirSync(join(root, 'assets'));
  writeFileSync(join(root, 'index.html'), START);
  writeFileSync(join(root, 'assets/app-1.js'), SCRIPT);
  writeFileSync(join(root, 'assets/app-1.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(root, 'é è.svg'), '<svg/>');
  const page = await Page.read(root);
  // The gateway serves the files from memory.
  rmSync(root, { recursive: true });
  app = fastify();
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    handler(request, reply) {
      if (!page.serve(decodeURIComponent(request.url), request, reply)) reply.callNotFound();
      return reply;
    },
  });
});
afterAll(() => app.close());

const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  app.inject({ method, url, headers });
const of = ({ headers, statusCode }: LightMyRequestResponse, ...names: string[]) => [
  statusCode,
  ...names.map((name) => headers[name]),
];

describe('the page, from memory', () => {
  it('has its types, and what has a hash in its name is kept for ever', async () => {
    const start = await get('/');
    expect(of(start, 'content-type', 'cache-control', 'content-length')).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
      String(START.length),
    ]);
    expect(start.body).toBe(START);
    const script = await get('/assets/app-1.js');
    expect(of(script, 'cache-control')).toEqual([200, 'public, max-age=31536000, immutable']);
    expect(script.headers['content-type']).toMatch(/javascript; charset=utf-8/);
    expect((await get('/%C3%A9%20%C3%A8.svg')).statusCode).toBe(200);
  });

  it.each([
    ['br, gzip', 'gzip'],
    ['gzip;q=0.9, br;q=0.5', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'gzip'],
    ['br', undefined],
    ['gzip;q=0, *', undefined],
    ['identity', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['gzip;q=much', undefined],
    ['', undefined],
  ])('accepted %j: it comes as %s, and says that it depends on that', async (accepted, coding) => {
    const answer = await get('/assets/app-1.js', { 'accept-encoding': accepted });
    expect(of(answer, 'content-encoding', 'vary')).toEqual([200, coding, 'accept-encoding']);
    expect(answer.rawPayload.length).toBe(coding ? gzipSync(SCRIPT).length : Buffer.byteLength(SCRIPT));
    expect(answer.headers['content-length']).toBe(String(answer.rawPayload.length));
  });

  it('HEAD is GET without the bytes', async () => {
    const [head, whole] = [await get('/assets/app-1.js', {}, 'HEAD'), await get('/assets/app-1.js')];
    expect(head.body).toBe('');
    expect({ ...head.headers, date: '' }).toEqual({ ...whole.headers, date: '' });
  });

  it('is not sent again to who has it', async () => {
    const { headers } = await get('/');
    const etag = headers.etag!;
    const modified = headers['last-modified'] as string;
    const status = async (conditions: Record<string, string>) => (await get('/', conditions)).statusCode;
    expect(await status({ 'if-none-match': etag })).toBe(304);
    expect(await status({ 'if-none-match': `"other", ${etag}` })).toBe(304);
    expect(await status({ 'if-none-match': '*' })).toBe(304);
    expect(await status({ 'if-none-match': '"other"' })).toBe(200);
    expect(await status({ 'if-modified-since': modified })).toBe(304);
    expect(await status({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(200);
    expect(await status({ 'if-modified-since': '2099' })).toBe(200);
    expect(await status({ 'if-none-match': '"other"', 'if-modified-since': modified })).toBe(200);
    expect((await get('/', { 'if-none-match': etag })).body).toBe('');
  });

  it('a range is answered with the whole, as RFC 9110 §14.2 allows', async () => {
    const answer = await get('/assets/app-1.js', { range: 'bytes=0-4' });
    expect([answer.statusCode, answer.body]).toEqual([200, SCRIPT]);
    expect(answer.headers['accept-ranges']).toBeUndefined();
  });

  it.each(['/assets', '/assets/', '/nowhere', '//', '/assets/app-1.js.gz', '/%2e%2e%2findex.html'])(
    '%s is not there',
    async (path) => {
      expect((await get(path)).statusCode).toBe(404);
    },
  );
});

it('what can only be read says so, and an absolute address means the same (RFC 9112 §3.2.2)', async () => {
  const gateway = await startTestGateway();
  try {
    const { http } = gateway.addresses;
    const ask = async (method: string, path: string) => {
      const { statusCode, headers } = await once(method, path);
      return [statusCode, headers.allow];
    };
    const { request } = await import('node:http');
    const once = (method: string, path: string) =>
      new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
        request({ ...http, method, path, headers: { host: 'else.example' } })
          .on('response', (response) => resolve(response.resume()))
          .on('error', reject)
          .end();
      });
    expect(await ask('POST', '/')).toEqual([405, 'GET, HEAD']);
    expect(await ask('DELETE', '/healthz')).toEqual([405, 'GET, HEAD']);
    expect(await ask('POST', '/nowhere')).toEqual([404, undefined]);
    for (const path of [
      'http://a.example/',
      'HTTP://A.EXAMPLE/index.html',
      'http://a.example',
      'https://a:1/healthz',
    ])
      expect(await ask('GET', path), path).toEqual([200, undefined]);
    expect(await ask('GET', 'http://a.example/nowhere')).toEqual([404, undefined]);
    expect(await ask('GET', 'http://a.example?x=1')).toEqual([200, undefined]);
  } finally {
    await gateway.stop();
  }
});

it.each(['/%', '/%ff', '/assets/%zz?x'])(
  'a path that cannot be decoded, %s, is one of nothing',
  async (path) => {
    const gateway = await startTestGateway();
    try {
      const answer = await fetch(`http://127.0.0.1:${gateway.addresses.http.port}${path}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ error: 'there is nothing here' });
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    } finally {
      await gateway.stop();
    }
  },
);

it('a file of the page that cannot be read is no page: the words of the failure are never served in its place', async () => {
  const root = mkdtempSync(join(tmpdir(), 'chaton-page-'));
  writeFileSync(join(root, 'index.html'), START, { mode: 0 });
  const isRoot = process.getuid!() === 0;
  // Root may read everything.
  if (isRoot) chmodSync(root, 0o755);
  if (isRoot) process.seteuid!(65_534);
  try {
    await expect(Page.read(root)).rejects.toThrow(/^no file to be served: \/index\.html/);
  } finally {
    if (isRoot) process.seteuid!(0);
    rmSync(root, { recursive: true });
  }
});

it('a page of which a part is missing, as after a build that broke off, names that part', async () => {
  const root = mkdtempSync(join(tmpdir(), 'chaton-page-'));
  expect((await Page.read(root)).firstMissing()).toBe('/index.html');
  writeFileSync(join(root, 'index.html'), '<script src="./app.js"></script><link href="./style.css" />');
  writeFileSync(join(root, 'app.js'), SCRIPT);
  expect((await Page.read(root)).firstMissing()).toBe('/style.css');
  writeFileSync(join(root, 'style.css'), '');
  expect((await Page.read(root)).firstMissing()).toBeNull();
  rmSync(root, { recursive: true });
});
