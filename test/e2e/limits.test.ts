import { describe, expect, it } from 'vitest';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, messages, usePages, write } from './support/page.ts';

const TOO_FAST = 'You are sending faster than the room accepts.';

describe('a page that sends faster than the room accepts (D28)', () => {
  const room = useRoom('tcp', { commandRate: 1, commandBurst: 1 });
  const pages = usePages();

  it('says so until all of it is there, and nothing is lost', async () => {
    const page = await pages.join(room.gateway, 'lea');
    // Each message costs one token, an eighth for each 128 bytes, and all go out together, however slow the browser is.
    const texts = Array.from({ length: 8 }, (_, index) => `line ${index} ` + 'x'.repeat(900));
    await write(page, texts.join('\n'));
    await page.getByRole('button', { name: 'Send as 8 messages' }).click();
    await page.getByText(TOO_FAST).waitFor();
    await expectMessage(page, texts.at(-1)!);
    await page.getByText(TOO_FAST).waitFor({ state: 'detached' });
    await expect.poll(() => messages(page)).toHaveLength(8);
  });
});
