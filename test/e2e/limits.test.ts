import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, messages, usePages, write } from './support/page.ts';

const TOO_FAST = 'You are sending faster than the room takes.';

describe('a page that sends faster than the room takes (D6, D28)', () => {
  const room = useRoom('tcp', { commandRate: 1, commandBurst: 1 });
  const pages = usePages();

  it('says so until all of it is there, and nothing is lost', async () => {
    const page = await pages.join(room.gateway, 'lea');
    // Each costs one: eight eighths.
    const texts = Array.from({ length: 8 }, (_, index) => `line ${index} ` + 'x'.repeat(900));
    for (const text of texts) await write(page, text);
    await page.getByText(TOO_FAST).waitFor();
    await expectMessage(page, texts.at(-1)!);
    await page.getByText(TOO_FAST).waitFor({ state: 'detached' });
    expect(await messages(page)).toHaveLength(8);
  });
});

describe('names that look the same (D7)', () => {
  const room = useRoom();
  const pages = usePages();

  it('are marked in the list of people, and in the log where they mix alphabets', async () => {
    await room.join('admin');
    const other = await room.join('\u0430dmin');
    await room.join('Алиса');
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: /^Show who is here/ }).click();
    const marks = page.getByRole('complementary').locator('.doubt');
    await expect
      .poll(() => marks.evaluateAll((all) => all.map((mark) => mark.getAttribute('title'))))
      .toEqual(Array<string>(2).fill('Somebody else here has a name that looks the same.'));
    other.send(message('\u0430dmin', 'trust me'));
    await expectMessage(page, 'trust me');
    await page.getByRole('log').getByTitle('This name mixes letters of several alphabets.').waitFor();
  });
});
