/** Makes the README's pictures: `node test/e2e/screenshots.ts`, after `npm run build`. Writes .github/page-*.png. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { startTestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message, privateMessage } from '../support/raw-hex.ts';
import { connectRaw, type RawPeer, type TestGateway } from '../support/raw-peer.ts';
import { launchBrowser } from './browser.ts';

const OUT = fileURLToPath(new URL('../../.github/', import.meta.url));
const ME = 'Léa';
const BEGIN = new Date(2026, 2, 14, 9, 41).getTime();

/** Minutes after the beginning, author, text; the author is a native TCP client unless it is the page itself. */
const TALK: readonly (readonly [minute: number, author: string, text: string])[] = [
  [0, 'bob', 'morning! I am on a 300-line C client, straight on the TCP port'],
  [0, 'bob', 'accents and emoji arrive whole: é ü 😺'],
  [2, 'Mina', 'Salut bob ! Ici le client Java du TP, tout passe aussi.'],
  [3, ME, 'And I am just in a browser tab. Same room, nothing to install.'],
  [3, ME, 'Who else wrote their own client?'],
  [5, 'Кузя', 'Me! A terminal, raw bytes and a lot of patience.'],
  [6, 'Mina', 'Pareil ici, et pas une ligne de JavaScript 😄'],
  [8, 'otter', 'printf | nc works as well, by the way:\n00 00000005 6f74746572  →  01'],
  [9, ME, 'Lovely. Lunch at 12:30, everyone? 🍜'],
];

async function join(gateway: TestGateway, name: string): Promise<RawPeer> {
  const peer = await connectRaw('tcp', gateway);
  peer.send(login(name));
  await peer.expect(ACCEPTED);
  return peer;
}

/** Plays the talk; the page's clock stands where the script says, so that the pictures are always the same. */
async function play(page: Page, gateway: TestGateway): Promise<void> {
  const names = [...new Set(TALK.map(([, author]) => author))].filter((name) => name !== ME);
  const peers = new Map(
    await Promise.all(names.map(async (name) => [name, await join(gateway, name)] as const)),
  );
  const field = page.locator('.composer textarea');
  for (const [minute, author, text] of TALK) {
    await page.clock.setFixedTime(BEGIN + minute * 60_000);
    if (author === ME) {
      await field.fill(text);
      await field.press('Enter');
    } else {
      peers.get(author)?.send(message(author, text));
    }
    const [firstLine] = text.split('\n');
    await page.locator('.group:not(.outgoing) .text').filter({ hasText: firstLine! }).waitFor();
  }
  peers.get('Mina')?.send(privateMessage('Mina', ME, 'Tu viens à la démo demain ?'));
  peers.get('Кузя')?.send(privateMessage('Кузя', ME, 'sent you the notes'));
  peers.get('Кузя')?.send(privateMessage('Кузя', ME, 'page 3 is the good part'));
  await page.getByRole('img', { name: '1 unread message' }).waitFor();
  await page.getByRole('img', { name: '2 unread messages' }).waitFor();
}

async function picture(browser: Browser, colorScheme: 'light' | 'dark'): Promise<void> {
  const gateway = await startTestGateway();
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 2,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    colorScheme,
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(BEGIN);
  await page.goto(`http://127.0.0.1:${gateway.addresses.http.port}/`);
  await page.getByLabel('Your name').fill(ME);
  await page.getByLabel('Your name').press('Enter');
  await page.locator('.composer').waitFor();
  await play(page, gateway);
  await page.screenshot({ path: `${OUT}page-${colorScheme}.png`, caret: 'hide', animations: 'disabled' });
  await context.close();
  await gateway.stop();
}

await mkdir(OUT, { recursive: true });
const browser = await launchBrowser();
await picture(browser, 'light');
await picture(browser, 'dark');
await browser.close();
