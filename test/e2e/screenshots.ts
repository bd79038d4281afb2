/**
 * Makes pictures of the page: `node test/e2e/screenshots.ts`, after `npm run build`. The README's two are .github/page-*.png;
 * those of every main state, in both languages and themes, on a desktop and a phone, lie in .github/screenshots/.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { startTestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { connectRaw, type RawPeer, type TestGateway } from '../support/raw-peer.ts';
import { launchBrowser } from './browser.ts';

const OUT = fileURLToPath(new URL('../../.github/', import.meta.url));
/** The rest, for looking at: kept out of the repository. */
const ALL = fileURLToPath(new URL('../../.github/screenshots/', import.meta.url));
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
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
async function play(page: Page, gateway: TestGateway): Promise<ReadonlyMap<string, RawPeer>> {
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
  await page
    .locator('.unread', { hasText: /^[23]$/ })
    .first()
    .waitFor({ state: 'attached' });
  return peers;
}

interface Look {
  readonly locale: 'en-GB' | 'fr-FR';
  readonly colorScheme: 'light' | 'dark';
  readonly viewport: { readonly width: number; readonly height: number };
}

async function enter(browser: Browser, gateway: TestGateway, look: Look): Promise<Page> {
  const context = await browser.newContext({
    ...look,
    deviceScaleFactor: 2,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(BEGIN);
  await page.goto(`http://127.0.0.1:${gateway.addresses.http.port}/`);
  await page.locator('#name').waitFor();
  return page;
}

async function takeName(page: Page, name: string): Promise<void> {
  await page.locator('#name').fill(name);
  await page.locator('#name').press('Enter');
}

const shoot = (page: Page, path: string) =>
  page.screenshot({ path, caret: 'hide', animations: 'disabled' }).then(() => {});

/** The README's picture. */
async function picture(browser: Browser, colorScheme: Look['colorScheme']): Promise<void> {
  const gateway = await startTestGateway();
  const page = await enter(browser, gateway, { locale: 'en-GB', colorScheme, viewport: DESKTOP });
  await takeName(page, ME);
  await page.locator('.composer').waitFor();
  await play(page, gateway);
  await shoot(page, `${OUT}page-${colorScheme}.png`);
  await page.context().close();
  await gateway.stop();
}

/** Every main state, one after the other. */
async function states(browser: Browser, look: Look): Promise<void> {
  const gateway = await startTestGateway();
  const page = await enter(browser, gateway, look);
  const narrow = look.viewport.width < 720;
  const name = `${look.locale.slice(0, 2)}-${look.colorScheme}-${narrow ? 'phone' : 'desktop'}`;
  const take = (state: string) => shoot(page, `${ALL}${name}-${state}.png`);
  const taken = await join(gateway, 'otter2');
  await take('1-join');
  await takeName(page, 'otter2');
  await page.locator('.problem:not(:empty)').waitFor();
  await take('2-refused');
  await takeName(page, ME);
  await page.locator('.empty').waitFor();
  await take('3-empty');
  const peers = await play(page, gateway);
  await take('4-room');
  const field = page.locator('.composer textarea');
  await field.pressSequentially(':ca');
  await page.locator('.proposals').waitFor();
  await take('5-proposals');
  await field.fill('/help');
  await field.press('Enter');
  await page.locator('dialog').waitFor();
  await take('6-help');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.locator('dialog').waitFor();
  await take('7-jump');
  await page.keyboard.press('Escape');
  await page.locator('.people-button').click();
  await page.locator('.people').waitFor();
  await take('8-people');
  if (narrow) {
    await page.locator('.people .to-conversation').click();
    await page.locator('.to-list').click();
    await take('9-list');
    await page.locator('.toolbar .tool').nth(-2).click();
    await page.locator('.conversation-item').first().click();
  } else {
    await page.locator('.people-button').click();
    await page.locator('.toolbar .tool').nth(-2).click();
  }
  await page.locator('.wire').waitFor();
  await field.fill('hello 😺');
  await field.press('Enter');
  await page.locator('.wire li').first().waitFor();
  await take('a-wire');
  await page.locator('.wire header button').last().click();
  peers.get('Mina')?.send(requestPrivate('Mina', ME));
  await page.locator('.request').waitFor();
  await take('b-asked');
  await page.locator('.request .strong').click();
  await page.locator('.private-bar').waitFor();
  await take('c-private');
  taken.reset();
  await gateway.stop();
  await page.locator('.link-lost').waitFor();
  await take('d-lost');
  await page.context().close();
}

await mkdir(OUT, { recursive: true });
await mkdir(ALL, { recursive: true });
const browser = await launchBrowser();
for (const colorScheme of ['light', 'dark'] as const) {
  await picture(browser, colorScheme);
  for (const locale of ['en-GB', 'fr-FR'] as const)
    for (const viewport of [DESKTOP, PHONE]) await states(browser, { locale, colorScheme, viewport });
}
await browser.close();
