import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { launchBrowser } from './browser.ts';
import { composer, proposeName } from './support/page.ts';

let browser: Browser;
let gateway: TestGateway;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-tls-'));
  const files = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') };
  const { cert, key } = makeCertificate('localhost');
  writeFileSync(files.tlsCert, cert);
  writeFileSync(files.tlsKey, key);
  [browser, gateway] = await Promise.all([
    launchBrowser(),
    startTestGateway({ ...files, httpsPort: 0, httpPort: null, adminPort: 0 }),
  ]);
});

afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

describe('the page over TLS alone', () => {
  it('D27, D28: chats over wss with a plain native client, and shows a notice of the operator', async () => {
    const { https, admin, tcp } = gateway.addresses;
    // The certificate is self-signed.
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' })).newPage();
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(`https://127.0.0.1:${https!.port}/`);
    await proposeName(page, 'paula');
    await composer(page).waitFor();
    expect(sockets).toEqual([`wss://127.0.0.1:${https!.port}/ws`]);
    const native = await connectRawTcp(tcp.host, tcp.port);
    native.send(login('nat') + message('nat', 'in the clear'));
    await native.expect(ACCEPTED + message('nat', 'in the clear'));
    await page.getByText('in the clear').first().waitFor();
    await composer(page).fill('not in the clear');
    await composer(page).press('Enter');
    await native.expect(message('paula', 'not in the clear'));
    await fetch(`http://${admin!.host}:${admin!.port}/notice`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'We <b>restart</b> at 5.' }),
    });
    await page.getByText('From the server: We <b>restart</b> at 5.').first().waitFor();
    native.end();
    await native.expectClose();
  });
});
