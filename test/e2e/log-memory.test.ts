import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, usePages } from './support/page.ts';

/** Counts the elements that are not collected, in the document or not. */
async function countElements(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send('Runtime.evaluate', { expression: 'Element.prototype' });
  const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: result.objectId! });
  const { result: count } = await session.send('Runtime.callFunctionOn', {
    objectId: objects.objectId!,
    functionDeclaration: 'function () { return this.length; }',
  });
  await session.detach();
  return Number(count.value);
}

describe('the log, in memory', () => {
  const room = useRoom();
  const pages = usePages();

  it('keeps nothing of the messages that are not in the document', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    for (let from = 0; from < 3000; from += 250) {
      bob.send(Array.from({ length: 250 }, (_, index) => message('bob', `no. ${from + index}`)).join(''));
      await expectMessage(page, `no. ${from + 249}`);
    }
    const shown = await page.locator('*').count();
    expect(await countElements(page)).toBeLessThan(1.5 * shown);
  });
});
