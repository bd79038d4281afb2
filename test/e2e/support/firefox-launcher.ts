#!/usr/bin/env node
/**
 * Proxy between Playwright and the system's own Firefox, started as its executable: Playwright sets media features by a
 * command of WebDriver BiDi that Firefox ESR does not have yet, and gives up when that fails. The proxy answers that
 * command, names each download, and passes everything else on. `CHATON_FIREFOX` names Firefox; the arguments are Firefox's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';

/** Commands that Firefox does not know, and whose effect no test needs. */
const UNKNOWN = new Set(['emulation.setMediaFeaturesOverride']);

/** Events of downloads, which Playwright ignores without the identifier that Firefox ESR does not give them yet. */
const OF_DOWNLOAD = /^\{"type":"event","method":"browsingContext\.download(WillBegin|End)"/;

/** Line that Firefox prints once it accepts connections, and that Playwright waits for. */
const LISTENING = /^WebDriver BiDi listening on (ws:\/\/\S+)$/;

const firefox = spawn(process.env['CHATON_FIREFOX'] ?? 'firefox-esr', process.argv.slice(2), {
  stdio: ['ignore', 'inherit', 'pipe'],
});
firefox.once('error', ({ message }) => end(message, 1));
firefox.once('exit', (code, signal) => end(`Firefox has ended: ${signal ?? code}`, code ?? 1));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => firefox.kill(signal));

for await (const line of createInterface(firefox.stderr)) {
  const behind = LISTENING.exec(line)?.[1];
  console.error(behind === undefined ? line : `WebDriver BiDi listening on ${await passOn(behind)}`);
}

/** Listens on a free port and connects each client to `behind`. Returns the address. */
async function passOn(behind: string): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (client, { url }) => join(client, new WebSocket(behind + url!)));
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function join(client: WebSocket, browser: WebSocket): void {
  const isOpen = once(browser, 'open');
  // The first commands arrive before the connection to Firefox is open.
  client.on('message', (data: Buffer) => {
    const text = data.toString();
    const answer = answerTo(text);
    if (answer === undefined) void isOpen.then(() => browser.send(text));
    else client.send(answer);
  });
  browser.on('message', (data: Buffer) => client.send(withDownload(data.toString())));
  client.on('close', () => browser.close());
  browser.on('close', () => client.close());
  browser.on('error', ({ message }) => end(message, 1));
}

/** Answer to a command that is not passed on to Firefox. */
function answerTo(text: string): string | undefined {
  const { id, method } = JSON.parse(text) as { readonly id: number; readonly method: string };
  return UNKNOWN.has(method) ? JSON.stringify({ type: 'success', id, result: {} }) : undefined;
}

/** The message, with its address as the identifier of a download: each text that the page saves has one of its own. */
function withDownload(text: string): string {
  if (!OF_DOWNLOAD.test(text)) return text;
  const event = JSON.parse(text) as { readonly params: { readonly url: string } };
  return JSON.stringify({ ...event, params: { download: event.params.url, ...event.params } });
}

function end(reason: string, code: number): never {
  console.error(reason);
  firefox.kill();
  process.exit(code);
}
