import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { failDatabase, savedTexts, withFaults, type Fault } from './support/database.ts';
import {
  begin,
  composer,
  expectMessage,
  expectOpen,
  messages,
  untilWhole,
  usePages,
  write,
} from './support/page.ts';
import { recordSpoken, spoken } from './support/spoken.ts';

const TOLD = 'This device does not save what is said here';

describe('a browser that does not save', () => {
  const room = useRoom();
  const pages = usePages();
  const join = async () => {
    const page = await pages.join(room.gateway, 'lea', { before: withFaults });
    await write(page, 'saved');
    await expectMessage(page, 'saved');
    await expect.poll(() => savedTexts(page)).toContain('saved');
    return page;
  };

  it.each(['full', 'aborted', 'endless'] satisfies Fault[])(
    'is told once, keeps the page over a reload, and is saved as soon as it can be (%s)',
    async (fault) => {
      const page = await join();
      await untilWhole(page);
      await recordSpoken(page);
      await failDatabase(page, fault);
      await write(page, 'not saved');
      await expectMessage(page, 'not saved');
      const told = page.locator('.link-banner').filter({ hasText: TOLD });
      await told.waitFor();
      // In another conversation it stands as well, and is not said again.
      await begin(page, 'ann');
      await told.waitFor();
      await page.getByRole('button', { name: 'Got it' }).click();
      expect((await spoken(page)).filter((words) => words.includes(TOLD))).toHaveLength(1);
      // Read is read, in another conversation as well.
      await begin(page, 'bob');
      await page.getByRole('button', { name: /^Everyone/ }).click();
      await expectOpen(page, 'Everyone');
      expect(await told.count()).toBe(0);
      await write(page, 'nor this');
      await expectMessage(page, 'nor this');
      await page.reload();
      await expectMessage(page, 'nor this');
      await expect.poll(() => messages(page)).toContain('not saved');
      await failDatabase(page, null);
      await write(page, 'saved again');
      await expect.poll(() => savedTexts(page)).toContain('saved again');
      await expect
        .poll(() => savedTexts(page))
        .toEqual(expect.arrayContaining(['saved', 'not saved', 'nor this']));
      await told.waitFor({ state: 'detached' });
      await page.reload();
      await expectMessage(page, 'saved again');
      expect((await messages(page)).filter((text) => text === 'nor this')).toHaveLength(1);
    },
  );

  it('opens a database again that the browser has closed, even with all that was in it', async () => {
    const page = await join();
    await failDatabase(page, 'closed');
    await write(page, 'behind its back');
    await expectMessage(page, 'behind its back');
    await failDatabase(page, null);
    await expect.poll(() => savedTexts(page)).toContain('behind its back');
    const client = await page.context().newCDPSession(page);
    await client.send('Storage.clearDataForOrigin', {
      origin: new URL(page.url()).origin,
      storageTypes: 'indexeddb',
    });
    await write(page, 'after it was cleared');
    await expect.poll(() => savedTexts(page)).toEqual(['saved', 'behind its back', 'after it was cleared']);
    expect(await page.getByText(TOLD).count()).toBe(0);
  });

  it.each(['forbidden', 'endless'] satisfies Fault[])(
    'shows the page all the same, and lets one in, when it is so from the first (%s)',
    async (fault) => {
      const bob = await room.join('bob');
      const page = await join();
      await bob.expect(message('lea', 'saved'));
      await failDatabase(page, fault);
      await page.reload();
      await page.getByLabel('Your name').waitFor();
      await expect.poll(() => room.gateway.chat.clients).toBe(1);
      await page.getByRole('button', { name: 'Join the room' }).click();
      await write(page, 'without it');
      await bob.expect(message('lea', 'without it'));
      await page.locator('.link-banner').filter({ hasText: TOLD }).waitFor();
      // The saved messages that were not found in time come in front later.
      await failDatabase(page, null);
      await expectMessage(page, 'saved');
      await expect.poll(() => messages(page)).toEqual(['saved', 'without it']);
      await expect.poll(() => savedTexts(page)).toEqual(['saved', 'without it']);
      await composer(page).fill('and goes on');
      await page.reload();
      await expectMessage(page, 'without it');
      await expect.poll(() => messages(page)).toEqual(['saved', 'without it']);
      await expect.poll(() => composer(page).inputValue()).toBe('and goes on');
    },
  );
});
