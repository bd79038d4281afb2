/**
 * Makes pictures of the page: `node test/e2e/screenshots.ts`, after `npm run build`. The README's two are
 * .github/page-*.png; those of every main state, in both languages and themes, on a desktop and a phone, go to
 * .github/screenshots/.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { startTestGateway } from '../support/gateway.ts';
import {
  ACCEPTED,
  idPrivate,
  login,
  loginPrivate,
  message,
  privateMessage,
  requestPrivate,
} from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { launchBrowser } from './browser.ts';

const OUT = fileURLToPath(new URL('../../.github/', import.meta.url));
/** Folder of all other pictures, which is not in the repository. */
const ALL = fileURLToPath(new URL('../../.github/screenshots/', import.meta.url));
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const ME = 'Léa';
const BEGIN = new Date(2026, 2, 14, 9, 41).getTime();

/**
 * Script of the chat: minutes after the beginning, author, text; the author is a native TCP client unless it is the page
 * itself.
 */
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

async function join(gateway: TestGateway, name: string): Promise<RawConnection> {
  const peer = await connectRaw(gateway, 'tcp');
  peer.send(login(name));
  await peer.expect(ACCEPTED);
  return peer;
}

/** Plays the chat; the page's clock follows the script, so that the pictures are always the same. */
async function play(page: Page, gateway: TestGateway): Promise<ReadonlyMap<string, RawConnection>> {
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

/** Makes the README's picture. */
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

interface Scene {
  readonly page: Page;
  readonly gateway: TestGateway;
  readonly narrow: boolean;
  readonly take: (state: string) => Promise<void>;
}

/** Makes pictures of every main state, one after the other. */
async function states(browser: Browser, look: Look): Promise<void> {
  const gateway = await startTestGateway();
  const page = await enter(browser, gateway, look);
  const narrow = look.viewport.width < 720;
  const name = `${look.locale.slice(0, 2)}-${look.colorScheme}-${narrow ? 'phone' : 'desktop'}`;
  const scene = { page, gateway, narrow, take: (state: string) => shoot(page, `${ALL}${name}-${state}.png`) };
  await arrive(scene);
  await play(page, gateway);
  await scene.take('4-room');
  await useField(scene);
  await showPanels(scene);
  await talkDirectly(scene);
  await talkPrivately(scene);
  if (narrow) await page.locator('.to-list').click();
  await page.locator('.conversation-item').first().click();
  await gateway.stop();
  await page.locator('.link-lost').waitFor();
  await page.locator('.composer textarea').fill('…');
  await page.locator('.composer textarea').press('Enter');
  await page.locator('.outgoing').waitFor();
  await scene.take('h-lost');
  await page.context().close();
}

async function arrive({ page, gateway, take }: Scene): Promise<void> {
  const taken = await join(gateway, 'otter2');
  await take('1-join');
  await takeName(page, 'otter2');
  await page.locator('.problem:not(:empty)').waitFor();
  await take('2-refused');
  await takeName(page, ME);
  await page.locator('.empty').waitFor();
  await take('3-empty');
  taken.reset();
}

async function useField({ page, take }: Scene): Promise<void> {
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
}

async function showPanels({ page, narrow, take }: Scene): Promise<void> {
  if (narrow) await page.locator('.people-button').click();
  await page.locator('.people li').first().waitFor();
  await take('8-people');
  if (narrow) await page.locator('.people .close').click();
  if (narrow) await page.locator('.to-list').click();
  await take('9-list');
  await page.locator('.toolbar .tool').nth(2).click();
  await page.locator('dialog').waitFor();
  await take('a-settings');
  await page.keyboard.press('Escape');
  await page.locator('.toolbar .tool').nth(-2).click();
  await page.locator('.wire').waitFor();
  if (narrow) await page.locator('.conversation-item').first().click();
  await page.locator('.composer textarea').fill('hello 😺');
  await page.locator('.composer textarea').press('Enter');
  await page.locator('.wire li').nth(1).waitFor();
  await take('b-wire');
  await page.locator('.wire header button').last().click();
}

async function talkDirectly({ page, narrow, take }: Scene): Promise<void> {
  if (narrow) await page.locator('.to-list').click();
  await page.locator('.conversation-item', { hasText: 'Кузя' }).click();
  await page.locator('.composer textarea').fill('Thanks, reading them now');
  await page.locator('.composer textarea').press('Enter');
  await page.locator('.group.mine:not(.outgoing)').waitFor();
  await take('c-direct');
}

/** Shows a private connection requested, waiting, open with all that can come over it, and ended by the other side. */
async function talkPrivately({ page, gateway, take }: Scene): Promise<void> {
  const nora = await join(gateway, 'Nora');
  nora.send(requestPrivate('Nora', ME));
  await page.locator('.request').waitFor();
  await take('d-asked');
  await page.locator('.request .strong').click();
  await page.locator('.private-bar.stage-waiting').waitFor();
  await take('e-waiting');
  await nora.expect(idPrivate('Nora', ME, 0).slice(0, -8));
  const endpoint = await connectRaw(gateway, 'tcp');
  endpoint.send(loginPrivate(Buffer.from(await nora.read(4), 'hex').readInt32BE()));
  await page.locator('.private-bar.stage-open').waitFor();
  endpoint.send(message('Nora', 'So this is the private line? The server only passes the bytes on.'));
  await page.locator('.group .text').waitFor();
  await page.locator('.composer textarea').fill('It is. Nobody else reads this.');
  await page.locator('.composer textarea').press('Enter');
  await page.locator('.group.mine').waitFor();
  await take('f-private');
  endpoint.send(Buffer.from('GET / HTTP/1.1\r\nhost: nora\r\n').toString('hex'));
  await page.locator('.raw').waitFor();
  endpoint.send('89504e470d0a1a0a0000000d49484452');
  await page.locator('.raw').nth(1).waitFor();
  endpoint.end();
  await page.locator('.private-bar.stage-they-ended').waitFor();
  await take('g-private-ended');
  nora.reset();
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
