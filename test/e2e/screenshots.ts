/**
 * Makes pictures of the page: `node test/e2e/screenshots.ts`, after `npm run build`. The README's two are
 * .github/page-*.png; those of every state, in both languages and themes, at every size, go to .github/screenshots/. Words
 * behind it choose: `readme`, or parts of names, as `fr-light-phone`.
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
const SIZES = {
  desktop: DESKTOP,
  phone: { width: 390, height: 844 },
  lying: { width: 844, height: 390 },
  tablet: { width: 820, height: 1180 },
  projector: { width: 1920, height: 1080 },
} as const;
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
  [8, 'otter', '`printf | nc` works as well, Léa:\n```\n00 00000005 6f74746572  →  01\n```'],
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
    await setTime(page, BEGIN + minute * 60_000);
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

/** Makes dates begin at a time. Only dates: what the page measures of its connection goes on as it is. */
function shiftDates(begin: number): void {
  const Real = Date;
  let offset = begin - Real.now();
  globalThis.Date = class extends Real {
    constructor(...given: [] | [number]) {
      super(...(given.length === 0 ? ([Real.now() + offset] as const) : given));
    }
    static override now(): number {
      return Real.now() + offset;
    }
  } as DateConstructor;
  addEventListener('set-time', (event) => (offset = (event as CustomEvent<number>).detail - Real.now()));
}

const setTime = (page: Page, time: number) =>
  page.evaluate((detail) => void dispatchEvent(new CustomEvent('set-time', { detail })), time);

interface Look {
  readonly locale: 'en-GB' | 'fr-FR';
  readonly colorScheme: 'light' | 'dark';
  readonly viewport: { readonly width: number; readonly height: number };
  readonly deviceScaleFactor?: number;
  readonly hasTouch?: boolean;
}

async function enter(browser: Browser, gateway: TestGateway, look: Look): Promise<Page> {
  const context = await browser.newContext({
    deviceScaleFactor: 2,
    ...look,
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  await context.addInitScript(shiftDates, BEGIN);
  const page = await context.newPage();
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
  /** True where the list of conversations, or the conversation, is the page. */
  readonly narrow: boolean;
  /** True where the list of people lies over the conversation. */
  readonly isOver: boolean;
  /** Where the picture of a state goes. */
  readonly path: (state: string) => string;
  readonly take: (state: string) => Promise<void>;
}

/** Makes pictures of every state, one after the other. */
async function states(browser: Browser, name: string, look: Look): Promise<void> {
  const gateway = await startTestGateway();
  const page = await enter(browser, gateway, look);
  page.setDefaultTimeout(10_000);
  const { width } = look.viewport;
  const path = (state: string) => `${ALL}${name}-${state}.png`;
  const take = (state: string) => shoot(page, path(state));
  const scene = { page, gateway, narrow: width <= 720, isOver: width <= 1024, path, take };
  await arrive(scene);
  await play(page, gateway);
  await take('04-room');
  await useField(scene);
  await useMessages(scene);
  await showPanels(scene);
  await changeDensity(scene);
  await talkDirectly(scene);
  await talkPrivately(scene);
  await manyAsk(scene);
  await leave(scene);
  await comeTwice(scene);
  await loseConnection(scene);
  await page.context().close();
}

async function arrive({ page, gateway, take }: Scene): Promise<void> {
  const taken = await join(gateway, 'otter2');
  await take('01-join');
  await takeName(page, 'otter2');
  await page.locator('.problem:not(:empty)').waitFor();
  await take('02-refused');
  await takeName(page, ME);
  await page.locator('.empty').waitFor();
  await take('03-empty');
  taken.reset();
}

async function useField({ page, take }: Scene): Promise<void> {
  const field = page.locator('.composer textarea');
  await field.pressSequentially(':ca');
  await page.locator('.proposals').waitFor();
  await take('05-proposals');
  await field.fill('a line of text that is one of many\n'.repeat(60));
  await page.locator('.split').waitFor();
  await take('06-split');
  await field.fill('/help');
  await field.press('Enter');
  await page.locator('dialog').waitFor();
  await take('07-help');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.locator('dialog').waitFor();
  await take('08-jump');
  await page.keyboard.press('Escape');
}

async function send(page: Page, text: string): Promise<void> {
  await page.locator('.composer textarea').fill(text);
  await page.locator('.composer textarea').press('Enter');
  await page.locator('.outgoing').waitFor({ state: 'detached' });
}

/** Formatting, the bar and the menu of a message, the search, and the line of what was ignored. */
async function useMessages({ page, gateway, take }: Scene): Promise<void> {
  const ida = await join(gateway, 'Ida');
  ida.send(
    message(
      'Ida',
      '> Lunch at 12:30, everyone?\nYes! **All of us**, and *soon*. See https://example.org/lunch',
    ) +
      message(
        'Ida',
        '```\nfor (int i = 0; i < n; i++)\n  send(socket, frames[i].bytes, frames[i].length, 0); /* a line too long */\n```',
      ) +
      message('Ida', '🍜😺') +
      message('Ida', `${ME}, bring \`frames.c\``),
  );
  await page.locator('.few-emoji').waitFor();
  await send(page, '> bring `frames.c`\nI *will*. **Promised.**');
  await page.locator('.delivery-mark').waitFor();
  await take('09-formatted');
  const pointed = page.locator('.group .text').filter({ hasText: 'All of us' });
  await pointed.hover();
  if (await page.locator('.message-bar').count()) await take('10-bar');
  await pointed.evaluate((it) => it.closest<HTMLElement>('.group')!.focus());
  await page.keyboard.press('ArrowDown');
  await pointed.evaluate((it) => {
    it.tabIndex = -1;
    it.focus();
  });
  await page.keyboard.press('Enter');
  await page.locator('dialog.menu').waitFor();
  await take('11-message-menu');
  await page.keyboard.press('Escape');
  await page.locator('.conversation .menu-button').click();
  await page.locator('dialog.menu').waitFor();
  await take('12-conversation-menu');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+f');
  await page.locator('.find input').fill('lunch');
  await take('13-find');
  await page.keyboard.press('Escape');
  await page.locator('.composer textarea').fill('/ignore Ida');
  await page.locator('.composer textarea').press('Enter');
  ida.send(message('Ida', 'Anybody?') + message('Ida', 'Hello?'));
  await page.locator('.ignored').last().waitFor();
  await take('14-ignored');
  await page.locator('.ignored summary').last().click();
  await take('15-ignored-open');
}

async function showPanels({ page, narrow, isOver, take }: Scene): Promise<void> {
  const { composer, tool } = {
    composer: page.locator('.composer textarea'),
    tool: page.locator('.toolbar .tool'),
  };
  if (isOver) await page.locator('.people-button').click();
  await page.locator('.people li').first().waitFor();
  await take('16-people');
  if (isOver) await page.locator('.people .close').click();
  if (narrow) await page.locator('.to-list').click();
  await take('17-list');
  await tool.nth(1).click();
  await page.locator('dialog.invite').waitFor();
  await take('18-invite');
  await page.keyboard.press('Escape');
  await tool.nth(2).click();
  await page.locator('dialog.settings').waitFor();
  await take('19-settings');
  await page.locator('dialog .inside').evaluate((it) => it.parentElement!.scrollTo(0, 10_000));
  await take('20-settings-end');
  await page.keyboard.press('Escape');
  await tool.nth(-2).click();
  await page.locator('.wire').waitFor();
  if (narrow) await page.locator('.conversation-item').first().click();
  await composer.fill('hello 😺');
  await composer.press('Enter');
  await page.locator('.wire li').nth(1).waitFor();
  await take('21-wire');
  await page.locator('.wire header button').last().click();
}

async function changeDensity({ page, take }: Scene): Promise<void> {
  for (const density of ['compact', 'presentation']) {
    await page.evaluate((it) => (document.documentElement.dataset['density'] = it), density);
    await take(`22-${density}`);
  }
  await page.evaluate(() => (document.documentElement.dataset['density'] = 'normal'));
}

async function talkDirectly({ page, narrow, take }: Scene): Promise<void> {
  if (narrow) await page.locator('.to-list').click();
  await page.locator('.conversation-item', { hasText: 'Кузя' }).click();
  await send(page, 'Thanks, reading them now');
  await page.locator('.group.mine:not(.outgoing)').waitFor();
  await take('23-direct');
}

/** Shows a private connection requested, waiting, open with all that can come over it, and ended by the other side. */
async function talkPrivately({ page, gateway, take }: Scene): Promise<void> {
  const nora = await join(gateway, 'Nora');
  nora.send(requestPrivate('Nora', ME));
  await page.locator('.request').waitFor();
  await take('24-asked');
  await page.locator('.request .strong').click();
  await page.locator('.private-bar.stage-waiting').waitFor();
  await take('25-waiting');
  await nora.expect(idPrivate('Nora', ME, 0).slice(0, -8));
  const endpoint = await connectRaw(gateway, 'tcp');
  endpoint.send(loginPrivate(Buffer.from(await nora.read(4), 'hex').readInt32BE()));
  await page.locator('.private-bar.stage-open').waitFor();
  endpoint.send(message('Nora', 'So this is the private line? The server only passes the bytes on.'));
  await page.locator('.group .text').waitFor();
  await send(page, 'It is. Nobody else reads this.');
  await page.locator('.group.mine').waitFor();
  await take('26-private');
  endpoint.send(Buffer.from('GET / HTTP/1.1\r\nhost: nora\r\n').toString('hex'));
  await page.locator('.raw').waitFor();
  endpoint.send('89504e470d0a1a0a0000000d49484452');
  await page.locator('.raw').nth(1).waitFor();
  endpoint.end();
  await page.locator('.private-bar.stage-they-ended').waitFor();
  await take('27-private-ended');
  nora.reset();
}

async function manyAsk({ page, gateway, narrow, take }: Scene): Promise<void> {
  if (narrow) await page.locator('.to-list').click();
  await page.locator('.conversation-item').first().click();
  for (const name of ['étudiante-01', 'étudiant-02', 'étudiant-03', 'étudiant-04'])
    (await join(gateway, name)).send(requestPrivate(name, ME));
  await page.locator('.others').waitFor();
  await take('28-requests');
  await page.locator('.others summary').click();
  await take('29-requests-open');
  await page.locator('.later').click();
}

async function leave({ page, narrow, take }: Scene): Promise<void> {
  if (narrow) await page.locator('.to-list').click();
  await take('29-list-full');
  await page.locator('.rail footer button').last().click();
  await page.locator('dialog.question').waitFor();
  await take('30-leave');
  await page.keyboard.press('Escape');
  if (narrow) await page.locator('.conversation-item').first().click();
}

/** A second tab of the same browser, where the same name is proposed. */
async function comeTwice({ page, path }: Scene): Promise<void> {
  const second = await page.context().newPage();
  await second.goto(page.url());
  await takeName(second, ME);
  await second.locator('.elsewhere').waitFor();
  await shoot(second, path('31-elsewhere'));
  await second.close();
}

async function loseConnection({ page, gateway, take }: Scene): Promise<void> {
  await gateway.stop();
  await page.locator('.link-lost').waitFor();
  await page.locator('.composer textarea').fill('…');
  await page.locator('.composer textarea').press('Enter');
  await page.locator('.outgoing').waitFor();
  await take('32-lost');
}

await mkdir(OUT, { recursive: true });
await mkdir(ALL, { recursive: true });
const wanted = process.argv.slice(2);
const isWanted = (name: string) => wanted.length === 0 || wanted.some((part) => name.includes(part));
const browser = await launchBrowser();
for (const colorScheme of ['light', 'dark'] as const) {
  if (isWanted('readme')) await picture(browser, colorScheme);
  for (const locale of ['en-GB', 'fr-FR'] as const)
    for (const [size, viewport] of Object.entries(SIZES)) {
      const name = `${locale.slice(0, 2)}-${colorScheme}-${size}`;
      if (isWanted(name))
        await states(browser, name, { locale, colorScheme, viewport, deviceScaleFactor: 1 });
    }
}
await browser.close();
