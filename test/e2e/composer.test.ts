import { describe, expect, it } from 'vitest';
import { splitText } from '../../web/text/split.ts';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, messages, proposeName, usePages, write } from './support/page.ts';

describe('the composer, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('grows with the text up to a limit, and shrinks again', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const height = async () => (await composer(page).boundingBox())!.height;
    const one = await height();
    await composer(page).fill('1\n2\n3');
    await expect.poll(height).toBeGreaterThan(one + 30);
    await composer(page).fill('line\n'.repeat(50));
    await expect.poll(height).toBeGreaterThan(150);
    expect(await height()).toBeLessThan(250);
    await composer(page).fill('');
    await expect.poll(height).toBe(one);
  });

  it('takes a text that is dropped beside it, and declines files; nothing that is dropped replaces the page', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    /** Drops something as from another window; true when the browser would do something by itself. */
    const drop = (selector: string, content: string, isFile = false) =>
      page.locator(selector).evaluate(
        (element, { text, asFile }) => {
          const dataTransfer = new DataTransfer();
          if (asFile) dataTransfer.items.add(new File([text], 'notes.txt'));
          else dataTransfer.setData('text/plain', text);
          return ['dragover', 'drop'].map((type) =>
            element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })),
          );
        },
        { text: content, asFile: isFile },
      );
    await composer(page).fill('see ');
    expect(await drop('.log', 'https://example.com/a')).toEqual([false, false]);
    await expect.poll(() => composer(page).inputValue()).toBe('see https://example.com/a');
    expect(await drop('.composer textarea', 'left to the browser')).toEqual([true, true]);
    expect(await page.getByText('Files cannot be sent here.').count()).toBe(0);
    for (const place of ['.composer textarea', '.log', '.rail', 'body']) {
      expect(await drop(place, 'x', true), place).toEqual([false, false]);
      await page.getByRole('alert').filter({ hasText: 'Files cannot be sent here.' }).waitFor();
    }
    expect(await composer(page).inputValue()).toBe('see https://example.com/a');
  });

  it('says of a picture that is pasted that it cannot be sent, unless a text comes with it', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    const paste = (text: string) =>
      composer(page).evaluate((field, beside) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File(['x'], 'image.png', { type: 'image/png' }));
        if (beside) clipboardData.setData('text/plain', beside);
        // Firefox gives a ClipboardEvent that a script makes a copy without the files.
        const pasted = new Event('paste', { bubbles: true, cancelable: true });
        field.dispatchEvent(Object.assign(pasted, { clipboardData }));
        return new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
      }, text);
    const said = page.getByRole('alert').filter({ hasText: 'Files cannot be sent here.' });
    await paste('a table');
    expect(await said.count()).toBe(0);
    await paste('');
    await said.waitFor();
  });

  it('sends once for an Enter that is pressed twice', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).fill('once');
    await page.evaluate(() => {
      const enter = () => new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true });
      const field = document.querySelector('textarea');
      field?.dispatchEvent(enter());
      field?.dispatchEvent(enter());
    });
    await write(page, 'then this');
    await bob.expect(message('lea', 'once') + message('lea', 'then this'));
  });

  it('leaves Enter to an input method that composes', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).fill('にほん');
    await composer(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
    await expect.poll(() => composer(page).inputValue()).toBe('にほん');
    expect(await messages(page)).toEqual([]);
  });

  it('recalls what one wrote by ↑, and goes on from there', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const first = 'first '.repeat(150).trim();
    for (const text of [first, '//second']) await write(page, text);
    await bob.expect(message('lea', first) + message('lea', '/second'));
    await expectMessage(page, '/second');
    const value = () => composer(page).inputValue();
    await composer(page).press('ArrowUp');
    await expect.poll(() => value()).toBe('//second');
    await composer(page).press('ArrowUp');
    await expect.poll(() => value()).toBe(first);
    // The caret is in sight, behind a text that is higher than the field.
    const below = () =>
      composer(page).evaluate(
        (it) => it.scrollHeight > it.clientHeight && it.scrollHeight - it.scrollTop - it.clientHeight,
      );
    await expect.poll(below).toBeCloseTo(0, -1);
    await composer(page).press('ArrowDown');
    await composer(page).press('ArrowDown');
    await expect.poll(() => value()).toBe('');
    await composer(page).fill('something else');
    await composer(page).press('ArrowUp');
    await expect.poll(() => value()).toBe('something else');
  });

  it('completes names by @ and by Tab, from a list that says which is chosen', async () => {
    const bob = await room.join('bob');
    const bobette = await room.join('Bobette');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'hi'));
    await expectMessage(page, 'hi', 'bob');
    bobette.send(message('Bobette', 'ho'));
    await expectMessage(page, 'ho', 'Bobette');

    await composer(page).pressSequentially('hey @bo');
    const options = page.getByRole('listbox').getByRole('option');
    await expect.poll(() => options.allTextContents()).toEqual(['@Bobette', '@bob']);
    const chosen = page.getByRole('option', { selected: true });
    expect(await composer(page).getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'));
    await composer(page).press('ArrowDown');
    await page.getByRole('option', { name: 'bob', exact: true, selected: true }).waitFor();
    await composer(page).press('Enter');
    await expect.poll(() => composer(page).inputValue()).toBe('hey @bob ');
    await options.first().waitFor({ state: 'detached' });

    await composer(page).pressSequentially('and bobe');
    await composer(page).press('Tab');
    await expect.poll(() => composer(page).inputValue()).toBe('hey @bob and Bobette ');
    await composer(page).fill('');
    await composer(page).press('Tab');
    await expect.poll(() => composer(page).evaluate((it) => it === document.activeElement)).toBe(false);
  });

  it('puts in emoji by name', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).pressSequentially('yes :tada: and :croi');
    await page.getByRole('option', { name: ':croissant:' }).click();
    await expect.poll(() => composer(page).inputValue()).toBe('yes 🎉 and 🥐 ');
    await composer(page).pressSequentially(':sm');
    await composer(page).press('Escape');
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    await composer(page).press('Enter');
    await expectMessage(page, 'yes 🎉 and 🥐 :sm');
  });

  it('sends plain text at once, and what needs the rest of the page when that is there', async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway);
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route(/lazy/, async (route) => {
      await released;
      await route.continue();
    });
    await proposeName(page, 'lea');
    await write(page, 'at 10:30');
    await bob.expect(message('lea', 'at 10:30'));
    await write(page, 'so :tada:');
    await expect.poll(() => composer(page).inputValue()).toBe('so :tada:');
    release();
    await bob.expect(message('lea', 'so 🎉'));
  });

  it('understands /msg, and answers what it does not understand', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const note = page.locator('#composer-note');

    await write(page, '/nosuch thing');
    await note.filter({ hasText: 'There is no command “/nosuch”' }).waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe('/nosuch thing');
    await write(page, '/msg bob');
    await note.filter({ hasText: '/msg name text' }).waitFor();
    await write(page, '/msg lea to myself');
    await note.filter({ hasText: 'That is you.' }).waitFor();
    await write(page, '/accept bob');
    await note.filter({ hasText: 'bob has not asked' }).waitFor();
    await write(page, '/end');
    await note.filter({ hasText: 'no private connection to end here' }).waitFor();
    await write(page, '//shrug');
    await bob.expect(message('lea', '/shrug'));

    await write(page, '/msg bob just you');
    await bob.expect(privateMessage('lea', 'bob', 'just you'));
    await page.getByRole('heading', { name: 'bob', exact: true }).waitFor();
    await write(page, '/private');
    await bob.expect(requestPrivate('lea', 'bob'));
  });

  it('shows what there is by /help, in a dialog that gives the focus back', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, '/help');
    const help = page.getByRole('dialog', { name: 'Commands and keys' });
    await help.getByText('/private name').waitFor();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await expect.poll(() => composer(page).evaluate((it) => it === document.activeElement)).toBe(true);
    await expect.poll(() => composer(page).inputValue()).toBe('');
  });

  it('offers to send a text that is too long as several messages, in order', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index} ${'x'.repeat(40)}`);
    await composer(page).fill(lines.join('\n'));
    await composer(page).press('Enter');
    // The second press of a double click does nothing on what has come there.
    await page.getByRole('button', { name: 'Send as 3 messages' }).dblclick();
    await expect.poll(() => composer(page).inputValue()).toBe('');
    await page.locator('.composer textarea:focus').waitFor();
    await bob.expect(
      splitText(lines.join('\n'), 1024)
        .map((piece) => message('lea', piece))
        .join(''),
    );
    await expect.poll(() => messages(page)).toHaveLength(3);
    expect((await messages(page)).join('\n')).toBe(lines.join('\n'));
    // One tick is enough for all of them.
    await expect.poll(() => page.getByRole('img', { name: 'Delivered' }).count()).toBe(1);
  });

  it('says of each command what it takes and does, in the language of the page, and cuts no proposal', async () => {
    const page = await pages.visit(room.gateway, { locale: 'fr-FR' });
    await page.locator('#name').fill('lea');
    await page.locator('#name').press('Enter');
    await composer(page).pressSequentially('/');
    const first = page.getByRole('option', { name: '/mp nom texte Envoie un message direct' });
    await first.waitFor();
    const list = page.getByRole('listbox');
    await expect.poll(() => list.evaluate((it) => it.scrollHeight - it.clientHeight)).toBe(0);
    await composer(page).fill('');
    await composer(page).pressSequentially(':ca');
    await expect.poll(() => list.getByRole('option').count()).toBe(8);
    expect(await list.evaluate((it) => it.scrollHeight - it.clientHeight)).toBe(0);
  });
});
