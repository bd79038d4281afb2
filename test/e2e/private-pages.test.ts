import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { useRoom } from '../support/raw-room.ts';
import { begin, expectMessage, leaveAndClear, messages, usePages, write } from './support/page.ts';

const expectState = (page: Page, words: string) =>
  page.locator('.private-bar [role=status]').filter({ hasText: words }).waitFor();

async function ask(page: Page, login: string): Promise<void> {
  await begin(page, login);
  await page.getByRole('button', { name: 'Private connection', exact: true }).click();
}

describe('private connections, between two pages', () => {
  const room = useRoom();
  const pages = usePages();

  it('are accepted, used, half-closed and closed (§3, §4, D21)', async () => {
    const ann = await pages.join(room.gateway, 'ann');
    const lea = await pages.join(room.gateway, 'lea');
    await ask(lea, 'ann');
    await ann.getByRole('region', { name: 'Requests' }).getByRole('button', { name: 'Accept' }).click();
    await expectState(ann, 'The private connection is open.');
    await expectState(lea, 'The private connection is open.');

    await write(lea, 'psst 😺');
    await expectMessage(ann, 'psst 😺', 'lea');
    await write(ann, 'yes?');
    await expectMessage(lea, 'yes?', 'ann');

    await lea.getByRole('button', { name: 'End my side' }).press('Enter');
    await expectState(ann, 'lea has ended their side.');
    await write(ann, 'bye then');
    await expectMessage(lea, 'bye then', 'ann');
    // Of two pages only one is active, and a button of the other one hears no Enter, as a driven Firefox has it.
    await ann.bringToFront();
    await ann.getByRole('button', { name: 'End my side' }).press('Enter');
    await expectState(ann, 'Both sides have ended.');
    await expectState(lea, 'Both sides have ended.');
    await expect.poll(() => messages(lea)).toEqual(['psst 😺', 'yes?', 'bye then']);
  });

  it('are refused, and the refusal is shown (D16)', async () => {
    const ann = await pages.join(room.gateway, 'ann');
    const lea = await pages.join(room.gateway, 'lea');
    await ask(lea, 'ann');
    await ann.getByRole('region', { name: 'Requests' }).getByRole('button', { name: 'Refuse' }).click();
    await expectState(lea, 'ann has refused.');
  });

  it('are one when both ask at once', async () => {
    const ann = await pages.join(room.gateway, 'ann');
    const lea = await pages.join(room.gateway, 'lea');
    await Promise.all([ask(ann, 'lea'), ask(lea, 'ann')]);
    await expectState(ann, 'The private connection is open.');
    await expectState(lea, 'The private connection is open.');
    await write(ann, 'at last');
    await expectMessage(lea, 'at last', 'ann');
  });

  it('are lost when the other page goes away', async () => {
    const ann = await pages.join(room.gateway, 'ann');
    const lea = await pages.join(room.gateway, 'lea');
    await ask(lea, 'ann');
    await ann.getByRole('region', { name: 'Requests' }).getByRole('button', { name: 'Accept' }).click();
    await expectState(lea, 'The private connection is open.');
    await ann.close();
    await expectState(lea, 'The private connection was lost');
  });

  it('end when one leaves, after all that was written (D9, D21)', async () => {
    const ann = await pages.join(room.gateway, 'ann');
    const lea = await pages.join(room.gateway, 'lea');
    await ask(lea, 'ann');
    await ann.getByRole('region', { name: 'Requests' }).getByRole('button', { name: 'Accept' }).click();
    await expectState(ann, 'The private connection is open.');
    await write(ann, 'I have to go');
    await ann.getByRole('button', { name: 'Leave', exact: true }).click();
    await ann.getByText('The private connection with \u2068lea\u2069 will end.').waitFor();
    await ann.keyboard.press('Escape');
    await leaveAndClear(ann);
    await expectMessage(lea, 'I have to go', 'ann');
    await expectState(lea, 'ann has ended their side.');
  });
});
