import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import {
  idPrivate,
  koPrivate,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  requestPrivate,
} from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectAccessible } from './support/accessible.ts';
import {
  composer,
  expectMessage,
  expectOpen,
  proposeName,
  untilWhole,
  usePages,
  write,
} from './support/page.ts';

/** Expects what axe lets pass: each region with its own name, no list without items, and messages with names. */
async function expectTree(page: Page): Promise<void> {
  const rail = await page.locator('.rail').ariaSnapshot();
  expect(rail.match(/"Conversations"/g)).toHaveLength(1);
  expect(rail).not.toMatch(/- list *$/m);
  await page.getByRole('article', { name: /^bob, \d\d:\d\d$/ }).waitFor();
}

/** Expects all settings in one dialog, each box beside the first line of its words. */
async function expectSettings(page: Page): Promise<void> {
  const titles = await page.locator('.settings :is(legend, h3)').allTextContents();
  expect(titles).toEqual([
    ...['Theme', 'Language', 'Read out by a screen reader', 'When you are called', 'In the room', 'Messages'],
    'Ignored on this device',
  ]);
  const besides = await page.locator('.settings .choice').evaluateAll((choices) =>
    choices.map((choice) => {
      const words = document.createRange();
      words.selectNodeContents(choice.lastChild!);
      const [box, line] = [
        choice.querySelector('input')!.getBoundingClientRect(),
        words.getClientRects()[0]!,
      ];
      return Math.abs(box.top + box.bottom - line.top - line.bottom) / 2;
    }),
  );
  expect(Math.max(...besides)).toBeLessThan(1.5);
}

describe('axe-core finds nothing', { timeout: 120_000 }, () => {
  const room = useRoom();
  const pages = usePages();

  it('in joining and being refused', async () => {
    await room.join('bob');
    const page = await pages.visit(room.gateway);
    await expectAccessible(page, 'join');
    await proposeName(page, 'bob');
    await page.getByRole('alert').filter({ hasText: 'refused' }).waitFor();
    await expectAccessible(page, 'refused');
  });

  it('in the room, empty and not, in direct messages, and with people beside', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await expectAccessible(page, 'empty room');
    const bob = await room.join('bob');
    bob.send(message('bob', 'see https://example.org, lea') + message('bob', 'x'.repeat(1024)));
    await expectMessage(page, 'see https://example.org, lea');
    await write(page, 'mine, with https://example.org');
    await expectMessage(page, 'mine, with https://example.org');
    bob.send(privateMessage('bob', 'lea', 'psst'));
    await page.getByRole('button', { name: /psst/ }).waitFor();
    await expectAccessible(page, 'room');

    await page.getByRole('button', { name: 'Show who is here' }).click();
    await page.getByRole('heading', { name: 'Who is here' }).waitFor();
    await expectAccessible(page, 'people');
    await page.getByRole('button', { name: 'Show who is here' }).click();

    await page.getByRole('button', { name: /psst/ }).click();
    await expectOpen(page, 'bob');
    await write(page, 'and you');
    await expectMessage(page, 'and you');
    await expectAccessible(page, 'direct');
    await expectTree(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: 'Show conversations' }).click();
    await expectAccessible(page, 'list');
    const other = await page.context().newPage();
    await other.goto(page.url());
    await proposeName(other, 'lea');
    await other.getByRole('alert').filter({ hasText: 'in another tab' }).waitFor();
    await expectAccessible(other, 'elsewhere');
  });

  it('in the composer: proposals, an answer, a text too long, and in the panels', async () => {
    const pest = await room.join('pest');
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).pressSequentially(':smil');
    await page.getByRole('listbox').waitFor();
    await expectAccessible(page, 'proposals');
    await write(page, '/nosuch');
    await page.getByText('There is no command').waitFor();
    await expectAccessible(page, 'answer');
    await composer(page).fill('x'.repeat(1030));
    await page.getByText('6 characters too long (6 bytes)').waitFor();
    await expectAccessible(page, 'too long');
    await composer(page).fill('');
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    // The inspector shows only traffic that passes once it is there.
    const inspector = page.getByRole('region', { name: 'Wire inspector' });
    await inspector.waitFor();
    await write(page, 'hello');
    await inspector.getByRole('list').getByText('MESSAGE').first().waitFor();
    await expectAccessible(page, 'inspector');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Go to' }).waitFor();
    await expectAccessible(page, 'jump');
    await page.keyboard.press('Escape');
    await write(page, '/help');
    const help = page.getByRole('dialog', { name: 'Commands and keys' });
    // It scrolls, and what scrolls has no name to be heard.
    await help.getByRole('button', { name: 'Close' }).and(page.locator(':focus')).waitFor();
    await expectAccessible(page, 'help');
    await page.keyboard.press('Escape');
    // Where nobody is ignored there is no list.
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByText('Nobody. To ignore someone').waitFor();
    expect(await page.getByRole('dialog').getByRole('list').count()).toBe(0);
    await page.keyboard.press('Escape');
    await write(page, '/ignore pest');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    await expectSettings(page);
    await expectAccessible(page, 'settings');
    await page.keyboard.press('Escape');
    pest.send(message('pest', 'buy'));
    await page.getByText('1 message from an ignored person').click();
    await page.getByRole('button', { name: 'This conversation' }).click();
    await expectAccessible(page, 'what is ignored, and the menu');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByRole('dialog', { name: 'Leave?' }).waitFor();
    await expectAccessible(page, 'leaving');
  });

  it('in private connections: asked, asking, open, ended', async () => {
    const bob = await room.join('bob');
    const ann = await room.join('ann');
    const page = await pages.join(room.gateway, 'lea');
    ann.send(requestPrivate('ann', 'lea'));
    await page.getByRole('button', { name: 'Accept' }).waitFor();
    await expectAccessible(page, 'asked');
    bob.send(requestPrivate('bob', 'lea'));
    await page.getByText('and 1 more').click();
    await expectAccessible(page, 'asked by two');
    await page.getByRole('button', { name: 'Refuse all' }).click();
    await bob.expect(koPrivate('bob', 'lea'));

    await write(page, '/private bob');
    await bob.expect(requestPrivate('lea', 'bob'));
    await page.getByText('Waiting for bob to answer').first().waitFor();
    await expectAccessible(page, 'asking');
    bob.send(okPrivate('lea', 'bob'));
    await bob.expect(idPrivate('lea', 'bob', 0).slice(0, -8));
    await page.getByText('Waiting for bob to connect').first().waitFor();
    await expectAccessible(page, 'waiting for the other end');
    const endpoint = await room.connect();
    endpoint.send(loginPrivate(Buffer.from(await bob.read(4), 'hex').readInt32BE()));
    await endpoint.expect('0a');
    endpoint.send(message('bob', 'just us'));
    await expectMessage(page, 'just us');
    await expectAccessible(page, 'open');
    await page.getByRole('button', { name: 'End my side' }).press('Enter');
    endpoint.end();
    await page.getByText('The private connection is closed.').first().waitFor();
    await expectAccessible(page, 'ended');
  });
});

describe('axe-core finds nothing when the connection is lost', { timeout: 60_000 }, () => {
  const pages = usePages();

  it('with a message that waits', async () => {
    const gateway = await startTestGateway();
    const page = await pages.join(gateway, 'lea');
    await untilWhole(page);
    await write(page, 'before');
    await expectMessage(page, 'before');
    await gateway.stop();
    await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
    await write(page, 'while away');
    await expectAccessible(page, 'lost');
  });
});
