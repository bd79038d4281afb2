import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { savedTexts } from './support/database.ts';
import {
  composer,
  expectMessage,
  expectStatus,
  leaveAndClear,
  messages,
  usePages,
  write,
} from './support/page.ts';
import { networkIsBack, useWire } from './support/wire.ts';

const outgoing = (page: Page) => page.locator('.outgoing');

describe('text that is written without a connection', () => {
  const room = useRoom();
  const pages = usePages();
  const joinByWire = useWire(room, pages);

  it('survives a reload, as do messages, drafts and unread counts; the page comes back by itself', async () => {
    const bob = await room.join('bob');
    const { wire, page } = await joinByWire('lea');
    await write(page, 'hello');
    await expectMessage(page, 'hello');
    bob.send(message('bob', 'hello yourself') + privateMessage('bob', 'lea', 'psst'));
    await expectMessage(page, 'hello yourself', 'bob');
    await page.getByRole('img', { name: '1 unread' }).waitFor();
    wire.hold();
    wire.cut();
    await expectStatus(page, 'Connection lost');
    await write(page, 'written without a connection');
    await composer(page).fill('half a thought');
    await page.reload();
    await composer(page).waitFor();
    await outgoing(page).filter({ hasText: 'written without a connection' }).waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe('half a thought');
    await expect
      .poll(() => messages(page))
      .toEqual(['hello', 'hello yourself', 'written without a connection']);
    await page.getByRole('img', { name: '1 unread' }).waitFor();

    wire.release();
    await networkIsBack(page);
    await bob.expect(message('lea', 'hello') + message('bob', 'hello yourself'));
    await bob.expect(message('lea', 'written without a connection'));
    await expectMessage(page, 'written without a connection');
    await page.getByText(/^Not connected from/).waitFor();
  });
});

describe('a page that is loaded again', () => {
  const room = useRoom();
  const pages = usePages();

  it('is forgotten after leaving, but for the name', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'for nobody else');
    await expectMessage(page, 'for nobody else');
    await leaveAndClear(page);
    await page.reload();
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('lea');
    await page.getByRole('button', { name: 'Join the room' }).click();
    await composer(page).waitFor();
    expect(await messages(page)).toEqual([]);
  });

  it('is found again under the same name when it was closed without leaving', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'still here');
    await expectMessage(page, 'still here');
    await page.reload();
    await expectMessage(page, 'still here');
    await expect.poll(() => savedTexts(page)).toContain('still here');
    const other = await page.context().newPage();
    await page.close();
    await other.goto(page.url());
    await expect.poll(() => other.getByLabel('Your name').inputValue()).toBe('lea');
    await expect.poll(() => room.gateway.chat.clients).toBe(0);
    await other.getByRole('button', { name: 'Join the room' }).click();
    await expectMessage(other, 'still here');
  });

  it('is its own in each tab', async () => {
    const lea = await pages.join(room.gateway, 'lea');
    const ann = await lea.context().newPage();
    await ann.goto(lea.url());
    await ann.getByLabel('Your name').fill('ann');
    await ann.getByRole('button', { name: 'Join the room' }).click();
    await write(ann, 'from ann');
    await expectMessage(lea, 'from ann', 'ann');
    await Promise.all([lea.reload(), ann.reload()]);
    await expectMessage(lea, 'from ann', 'ann');
    await lea.locator('.self').getByText('lea').waitFor();
    await ann.locator('.self').getByText('ann').waitFor();
    await expect.poll(() => room.gateway.chat.clients).toBe(2);
  });
});
