/** A handshake is answered the same whether it is written in the plainest way, and read here, or goes by Node's parser. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHandshake } from '../../server/http/handshake.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

const LISTED = 'https://chat.example.org';
const NEEDED = {
  Host: 'gateway.example',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

type Headers = Readonly<Record<string, string>>;

/** A request's head, without the empty line at its end. */
function headOf(headers: Headers, line = 'GET /ws HTTP/1.1'): string {
  return [
    line,
    ...Object.entries({ ...NEEDED, ...headers }).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');
}

const FIREFOX = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  Accept: '*/*',
  'Accept-Language': 'fr,fr-FR;q=0.8,en;q=0.5',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  Origin: 'http://gateway.example',
  'Sec-WebSocket-Protocol': 'chaton.web.v1, chaton.v1',
  'Sec-WebSocket-Extensions': 'permessage-deflate',
  Connection: 'keep-alive, Upgrade',
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Mode': 'websocket',
  Pragma: 'no-cache',
  'Cache-Control': 'no-cache',
};

const PLAIN: Array<[title: string, status: number, headers: Headers, line?: string]> = [
  ['nothing but what is needed', 101, {}],
  ['all that Firefox says', 101, FIREFOX],
  ['a query', 101, {}, 'GET /ws?x=%20&y HTTP/1.1'],
  ['other spellings', 101, { Upgrade: 'WebSocket', Connection: 'upgrade' }],
  ['one subprotocol of several', 101, { 'Sec-WebSocket-Protocol': 'soap, chaton.v1' }],
  ['a listed Origin', 101, { Origin: LISTED }],
  ['another Origin', 403, { Origin: 'https://evil.example' }],
  ['no Origin that could be', 403, { Origin: 'null' }],
  ['unknown subprotocols', 400, { 'Sec-WebSocket-Protocol': 'soap' }],
  ['a subprotocol twice', 400, { 'Sec-WebSocket-Protocol': 'chaton.v1, chaton.v1' }],
  ['no good key', 400, { 'Sec-WebSocket-Key': 'no' }],
  ['an old version', 426, { 'Sec-WebSocket-Version': '8' }],
  ['another place', 404, {}, 'GET /elsewhere HTTP/1.1'],
  ['a place that begins the same', 404, {}, 'GET /ws/ HTTP/1.1'],
];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ allowOrigins: [LISTED] });
});
afterAll(() => gateway.stop());

/** The head of the answer to a request, but for the time; and how often upgrades were rejected so far, by reason. */
async function ask(head: string): Promise<string> {
  const socket = connect(gateway.addresses.http).on('error', () => {});
  socket.write(`${head}\r\n\r\n`);
  let answer = '';
  while (!answer.includes('\r\n\r\n')) answer += String((await once(socket, 'data'))[0]);
  socket.destroy();
  return answer.replace(/^date: .*\r\n/im, '');
}

async function rejections(): Promise<number> {
  const { text } = await gateway.metrics.scrape();
  const counts = text.matchAll(/^chaton_upgrades_rejected_total\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('a handshake with', () => {
  it.each(PLAIN)('%s is answered %i, the same by both ways', async (_title, status, headers, line) => {
    const plain = headOf(headers, line);
    expect(readHandshake(plain)).not.toBeNull();
    const before = await rejections();
    const answer = await ask(plain);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    const rejected = (await rejections()) - before;
    expect(rejected).toBe(status === 101 ? 0 : 1);
    // A header without a value is for Node's parser.
    const other = `${plain}\r\nX-Empty:`;
    expect(readHandshake(other)).toBeNull();
    expect(await ask(other)).toBe(answer);
    expect(await rejections()).toBe(before + 2 * rejected);
  });

  it.each([
    ['no upgrade', headOf({ Upgrade: 'h2c' })],
    ['an upgrade of another connection', headOf({ Connection: 'keep-alive' })],
    ['no Host', headOf({}).replace('Host: gateway.example\r\n', '')],
    ['two Hosts', `${headOf({})}\r\nHost: evil.example`],
    ['a body', headOf({ 'Content-Length': '3' })],
    ['a body in chunks', headOf({ 'Transfer-Encoding': 'chunked' })],
    ['something to wait for', headOf({ Expect: '100-continue' })],
    ['an absolute target', headOf({}, 'GET http://gateway.example/ws HTTP/1.1')],
    ['a target in other letters', headOf({}, 'GET /%77s HTTP/1.1')],
    ['an older HTTP', headOf({}, 'GET /ws HTTP/1.0')],
    ['another method', headOf({}, 'POST /ws HTTP/1.1')],
    ['a header on two lines', `${headOf({})}\r\nX-Long: 1\r\n 2`],
    ['a space before a colon', `${headOf({})}\r\nX-Odd : 1`],
    ['a line feed alone', `${headOf({})}\r\nX-Odd: 1\nX-Other: 2`],
    ['a control character', `${headOf({})}\r\nX-Odd: 1\u00002`],
    ['letters that are not ASCII', `${headOf({})}\r\nX-Odd: caf\u00e9`],
  ])('%s is left to those who know all of HTTP', (_title, head) => {
    expect(readHandshake(head)).toBeNull();
  });

  it.each([
    ['no Host', 400, headOf({}).replace('Host: gateway.example\r\n', '')],
    ['content', 400, headOf({ 'Content-Length': '3' })],
    ['content in chunks', 400, headOf({ 'Transfer-Encoding': 'chunked' })],
    ['content of no bytes', 101, headOf({ 'Content-Length': '0' })],
  ])('%s is answered %i', async (_title, status, head) => {
    expect(await ask(head)).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
  });

  it('a key is accepted as RFC 6455 §1.3 has it', async () => {
    expect(await ask(headOf({}))).toContain('\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
  });
});
