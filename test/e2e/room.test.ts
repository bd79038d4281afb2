import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { leave, useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, messages, proposeName, usePages, write } from './support/page.ts';

describe('the room, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('joins and exchanges messages with a native client, byte for byte (§1, §2, D1, D11)', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'Léa');

    await write(page, 'hé 😺');
    await bob.expect(message('Léa', 'hé 😺'));
    await expectMessage(page, 'hé 😺');

    bob.send('03 00000003 626f62 00000005 68656c6c6f');
    await expectMessage(page, 'hello', 'bob');
    await expect.poll(() => messages(page)).toEqual(['hé 😺', 'hello']);
  });

  it('says in words that a name is refused, and lets the person try another (§1, D7)', async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway);

    await proposeName(page, 'bob');
    const problem = page.getByRole('alert');
    await problem
      .filter({ hasText: 'The server refused “bob”: someone has it, or it is barred. Try another.' })
      .waitFor();
    // Whose name it was last may be refused because of a tab that sleeps.
    await page.evaluate(() => (localStorage['chaton.name'] = 'bob'));
    await proposeName(page, 'bob');
    await problem.filter({ hasText: 'Perhaps you have it yourself' }).waitFor();
    await proposeName(page, '');
    await problem.filter({ hasText: 'Write the name' }).waitFor();
    // The refusal of another name is not said again of this one.
    await page.getByLabel('Your name').fill('bobby');
    await problem.filter({ hasText: /./ }).waitFor({ state: 'hidden' });

    await proposeName(page, 'bobby');
    await composer(page).waitFor();
    await write(page, 'in at last');
    await bob.expect(message('bobby', 'in at last'));
  });

  it('counts the bytes of a name, and explains what is wrong without asking the server (D3, D7)', async () => {
    const page = await pages.visit(room.gateway);
    const problem = page.getByRole('alert');

    await proposeName(page, '');
    await problem.filter({ hasText: 'Write the name' }).waitFor();
    await proposeName(page, '😺'.repeat(8));
    await page.getByText('32 of 30 bytes').waitFor();
    await problem.filter({ hasText: 'at most 30 characters' }).waitFor();
    await proposeName(page, 'b\u200dob');
    await problem.filter({ hasText: 'invisible character' }).waitFor();
    // Nobody is bothered with bytes as long as there are few.
    expect(await page.locator('#name-bytes').textContent()).toBe('');
    expect(room.gateway.chat.connections.size).toBe(0);

    await proposeName(page, 'é'.repeat(15));
    await composer(page).waitFor();
  });

  it('sends on Enter, starts a new line on Shift+Enter', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');

    await composer(page).pressSequentially('one');
    await composer(page).press('Shift+Enter');
    await composer(page).pressSequentially('two');
    await composer(page).press('Enter');
    await bob.expect(message('lea', 'one\ntwo'));
    await expect.poll(() => composer(page).inputValue()).toBe('');
  });

  it('does not send a text over 1024 bytes, nor a blank one (§2, D3)', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');

    for (const blank of [' \n ', '\u2003\u3000', '\n\n\n', '//\u200b'.slice(2)]) await write(page, blank);
    await write(page, 'é'.repeat(512) + '!');
    // It is shown, and read out once more for the Enter that sent nothing.
    await page.getByText('1 character too long (1 byte)').first().waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);

    await write(page, 'é'.repeat(512));
    await bob.expect(message('lea', 'é'.repeat(512)));
    await leave(bob);
  });

  it('leaves: the name is free, and the page is back where it began (D9)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByLabel('Your name').waitFor();
    await expect.poll(() => room.gateway.chat.clients).toBe(0);

    await proposeName(page, 'lea');
    await composer(page).waitFor();
    expect(await messages(page)).toEqual([]);
  });
});
