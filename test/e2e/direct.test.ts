import { describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { leave, useRoom } from '../support/raw-room.ts';
import { begin, composer, expectMessage, messages, usePages, write } from './support/page.ts';

describe('direct messages, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('go to one native client and come from one (§2, D12, D13)', async () => {
    const bob = await room.join('bob');
    const carol = await room.join('carol');
    const page = await pages.join(room.gateway, 'lea');

    // The conversation begins with a click on a name.
    bob.send(message('bob', 'hello all'));
    await expectMessage(page, 'hello all', 'bob');
    await bob.expect(message('bob', 'hello all'));
    await carol.expect(message('bob', 'hello all'));
    await page.getByRole('button', { name: 'bob', exact: true }).click();
    await page.getByRole('heading', { name: 'bob', exact: true }).waitFor();
    await write(page, 'just you');
    await bob.expect(privateMessage('lea', 'bob', 'just you'));
    await expectMessage(page, 'just you');
    // Nobody says that it arrived: it does not, when it is for a page that is away and does not come back.
    await page.getByRole('img', { name: 'Sent', exact: true }).waitFor();

    bob.send(privateMessage('bob', 'lea', 'and you'));
    await expectMessage(page, 'and you', 'bob');
    await expect.poll(() => messages(page)).toEqual(['just you', 'and you']);
    await leave(bob, carol);
  });

  it('are not sent to someone who is not there: the page says so, and sends again when told to (D13)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await begin(page, 'bob');
    await page.getByText('bob is not connected.', { exact: true }).waitFor();
    await write(page, 'anyone?');
    await page.locator('.outgoing').getByText('Not sent. bob is not connected.').waitFor();
    await write(page, 'no?');
    const failed = page.locator('.outgoing.not-sent');
    await expect.poll(() => failed.count()).toBe(2);
    const choose = async (name: string) => {
      await page.getByRole('button', { name: 'This conversation' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await choose('Discard 2 messages');
    await expect.poll(() => failed.count()).toBe(0);
    for (const text of ['anyone?', 'no?', 'hm']) await write(page, text);
    await expect.poll(() => failed.count()).toBe(3);

    const bob = await room.join('bob');
    await page.getByText('Between you and bob.').waitFor();
    await page.getByRole('button', { name: 'Discard' }).last().click();
    await expect.poll(() => failed.count()).toBe(2);
    await choose('Send 2 messages again');
    await bob.expect(privateMessage('lea', 'bob', 'anyone?') + privateMessage('lea', 'bob', 'no?'));
    await expectMessage(page, 'no?');
    await page.locator('.outgoing').waitFor({ state: 'detached' });
    await leave(bob);
  });

  it('are counted while another conversation is open, and begin by typing a name, too', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    const wire = page.getByRole('region', { name: 'Wire inspector' });
    await wire.waitFor();

    bob.send(privateMessage('bob', 'lea', 'one'));
    bob.send(privateMessage('bob', 'lea', 'two'));
    await page.getByRole('img', { name: '2 unread' }).waitFor();
    await expect.poll(() => page.title()).toBe('(2) Chaton');
    // On a projector it is nobody else's to read before it is opened.
    const preview = page.locator('.rail').getByText('two');
    const setDensity = (density: string) =>
      page.evaluate((it) => (document.documentElement.dataset['density'] = it), density);
    expect(await preview.isVisible()).toBe(true);
    const [text, bytes] = [wire.getByText('two', { exact: true }), wire.getByText('00 00 00 03 74 77 6f')];
    const inWire = async () => [await text.isVisible(), await bytes.isVisible()];
    expect(await inWire()).toEqual([true, true]);
    await setDensity('presentation');
    expect(await preview.isVisible()).toBe(false);
    expect(await inWire()).toEqual([false, false]);
    await wire.getByRole('button', { name: 'All 3 characters' }).last().click();
    expect(await inWire()).toEqual([true, true]);
    await setDensity('normal');
    await wire.getByRole('button', { name: 'Close' }).click();

    await begin(page, 'bob');
    await expectMessage(page, 'two', 'bob');
    await page.getByRole('img', { name: 'unread' }).waitFor({ state: 'detached' });
    await expect.poll(() => page.title()).toBe('Chaton');

    await write(page, 'seen');
    await bob.expect(privateMessage('lea', 'bob', 'seen'));
  });

  it('of many strangers are read, or closed, all at once: what is unread is said, and comes back', async () => {
    const bob = await room.join('bob');
    const strangers = await Promise.all([1, 2, 3].map((each) => room.join(`stranger ${each}`)));
    const page = await pages.join(room.gateway, 'lea');
    await write(page, '/msg bob hi');
    await bob.expect(privateMessage('lea', 'bob', 'hi'));
    for (const [index, stranger] of strangers.entries())
      stranger.send(privateMessage(`stranger ${index + 1}`, 'lea', 'hey you'));
    const items = page.locator('.conversation-item');
    await expect.poll(() => items.count()).toBe(5);
    const choose = async (name: string) => {
      await page.getByRole('button', { name: 'Direct messages' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    const close = 'Close 3 that you never answered';
    const question = page.getByRole('dialog', { name: 'Close 3 conversations' });

    await choose(close);
    await question.getByText('3 unread').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    expect(await items.count()).toBe(5);
    await expect.poll(() => page.title()).toBe('(3) Chaton');

    await choose('Mark all 3 as read');
    await expect.poll(() => page.title()).toBe('Chaton');
    // Nothing is unread, and all of it is kept: it is not asked.
    await choose(close);
    await expect.poll(() => items.locator('.name').allTextContents()).toEqual(['Everyone', 'bob']);
    await expect.poll(() => composer(page).evaluate((it) => it === document.activeElement)).toBe(true);

    strangers[0]!.send(privateMessage('stranger 1', 'lea', 'still there?'));
    // A click may be meant for the row that was there before.
    await items.filter({ hasText: 'stranger 1' }).press('Enter');
    await expect.poll(() => messages(page)).toEqual(['hey you', 'still there?']);

    // The list to go to holds still: Enter is for what was chosen, not for who writes meanwhile.
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    strangers[1]!.send(privateMessage('stranger 2', 'lea', 'and you?'));
    await expect.poll(() => page.title()).toBe('(1) Chaton');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Everyone');
    await leave(bob, ...strangers);
  });

  it('to oneself are not begun (D13)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Write to someone' }).click();
    const dialog = page.getByRole('dialog', { name: 'Go to' });
    await dialog.getByRole('combobox').fill('lea');
    await dialog.getByText('That is you.').waitFor();
    expect(await dialog.getByRole('option').count()).toBe(0);
  });

  it('say in the list that one was not sent, while another conversation is open', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, '/msg zoe **are** you there?');
    const [everyone, zoe] = [/^Everyone/, /^zoe/].map((name) => page.getByRole('button', { name }));
    await page.getByText('Not sent. zoe is not connected.').waitFor();
    await everyone!.click();
    await expect.poll(() => zoe!.textContent()).toContain('Not sent: are you there?');
    await zoe!.click();
    // It says more than what one has begun since.
    await composer(page).fill('half a thought');
    await everyone!.click();
    await expect.poll(() => zoe!.textContent()).toContain('Not sent: are you there?');
    await zoe!.click();
    await page.getByRole('button', { name: 'Discard' }).click();
    await everyone!.click();
    await expect.poll(() => zoe!.textContent()).toContain('Draft: half a thought');
    expect(await zoe!.textContent()).not.toContain('Not sent');
  });

  it('pass between two pages, each with its own draft kept', async () => {
    const ann = await pages.join(room.gateway, 'ann');
    const lea = await pages.join(room.gateway, 'lea');
    await composer(lea).fill('half a thought');
    await begin(lea, 'ann');
    await write(lea, 'psst');
    const everyone = lea.getByRole('button', { name: /^Everyone/ });
    await expect.poll(() => everyone.textContent()).toContain('Draft: half a thought');

    await ann.getByRole('button', { name: /^lea/ }).click();
    await expectMessage(ann, 'psst', 'lea');
    // What is unread says more than what one has begun.
    await write(ann, '/msg lea here');
    // What is written within one frame is for the conversation that was chosen: a slow device has long ones.
    await ann.evaluate(() => void (window.requestAnimationFrame = (run) => window.setTimeout(run, 500, 0)));
    await ann.locator('.conversation-item').first().click();
    await write(ann, 'to all');
    await expect.poll(() => everyone.textContent()).toContain('ann: to all');
    await everyone.click();
    await expect.poll(() => composer(lea).inputValue()).toBe('half a thought');
    // The field shows that of the open one.
    expect(await everyone.textContent()).not.toContain('Draft');
  });
});
