import { describe, expect, it } from 'vitest';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, proposeName, usePages } from './support/page.ts';

const ZALGO = 'h' + '\u0315\u035c\u0489'.repeat(150);
const TEXTS = [
  '<img src=x onerror="document.title=\'owned\'">',
  '<script>document.title="owned"</script>',
  'javascript:alert(1)',
  '\u202eright to left, unclosed',
  '&lt;not an entity&gt; {{not}} ${a} template',
  'w'.repeat(1024),
  ZALGO,
];
const NAMES = [
  '<b onclick=x>"\'&amp;</b>',
  '😺🐾🎉🍜🥐🚀🔥',
  'Z\u0351\u0343\u0315\u035a\u0347\u0321\u0489a',
  'w'.repeat(30),
  'مرحبا',
  '/help',
];
/** Narrow viewport, so high that all of the log is laid out. */
const PHONE = { viewport: { width: 320, height: 3000 } };

describe('hostile text, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('is shown as the text it is, and breaks nothing', async () => {
    const name = '<b onclick=x>"\'&amp;</b>';
    const mallory = await room.join(name);
    const page = await pages.join(room.gateway, 'lea', PHONE);

    for (const text of TEXTS) mallory.send(message(name, text));
    mallory.send(privateMessage(name, 'lea', '<i>psst</i>'));
    for (const text of TEXTS) await expectMessage(page, text, name);
    expect(await page.locator('[role=log] :is(img, script, b, i)').count()).toBe(0);
    mallory.send(message(name, '\n'.repeat(1018) + 'bottom'));
    await expect
      .poll(async () => (await page.getByText('bottom', { exact: true }).boundingBox())?.height)
      .toBeLessThan(700);
    await expect.poll(() => page.title()).toBe('(1) Chaton');
    expect(await overflow(page)).toBe(0);

    await page.getByRole('button', { name: 'Show conversations' }).click();
    await page.getByRole('button', { name: /psst/ }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await expectMessage(page, '<i>psst</i>', name);
    expect(await overflow(page)).toBe(0);
  });

  it('as names, of every kind the server lets in, stays in its place on the narrowest screen', async () => {
    const peers = await Promise.all(NAMES.map((name) => room.join(name)));
    const page = await pages.visit(room.gateway, PHONE);
    await page.evaluate(() => {
      const reports: string[] = [];
      Object.assign(globalThis, { reports });
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        reports.push(`${violatedDirective} ${blockedURI}`),
      );
    });
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    for (const [index, name] of NAMES.entries()) {
      for (const text of TEXTS) peers[index]!.send(message(name, text));
      peers[index]!.send(privateMessage(name, 'lea', TEXTS[0]!) + requestPrivate(name, 'lea'));
      peers[index]!.send(message(name, `the end of ${index}`));
      await expectMessage(page, `the end of ${index}`);
      expect(await overflow(page), name).toBe(0);
    }
    await page.getByText(`and ${NAMES.length - 1} more`, { exact: true }).click();
    const requests = page.getByRole('button', { name: 'Refuse', exact: true });
    await expect.poll(() => requests.count()).toBe(NAMES.length);
    expect(await overflow(page)).toBe(0);
    for (let left = NAMES.length; left > 0; left--) {
      await requests.first().click();
      await expect.poll(() => requests.count()).toBe(left - 1);
    }
    await page.getByRole('button', { name: 'Show who is here' }).click();
    expect(await overflow(page)).toBe(0);
    await page.getByRole('button', { name: 'Close the list of people' }).click();
    await composer(page).fill('@');
    await page.getByRole('listbox').waitFor();
    expect(await overflow(page)).toBe(0);
    await composer(page).fill('');
    await page.getByRole('button', { name: 'Show conversations' }).click();
    expect(await overflow(page)).toBe(0);
    for (const name of ['Go to', 'Commands and keys', 'Wire inspector']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('button', { name: 'Close' }).waitFor();
      expect(await overflow(page), name).toBe(0);
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'Close' }).waitFor({ state: 'detached' });
    }
    expect(await page.evaluate(() => (globalThis as unknown as { reports: string[] }).reports)).toEqual([]);
  });

  it('that is right to left, or turned around, does not turn what stands beside it', async () => {
    const arab = await room.join('مرحبا');
    const page = await pages.join(room.gateway, 'lea');
    arab.send(message('مرحبا', '\u202eabc'));
    await expectMessage(page, '\u202eabc', 'مرحبا');
    const { author, time } = await page
      .locator('.group')
      .first()
      .evaluate((group) => {
        const left = (selector: string) => group.querySelector(selector)?.getBoundingClientRect().left ?? NaN;
        return { author: left('.author'), time: left('time') };
      });
    expect(time).toBeGreaterThan(author);
    expect(await page.locator('.author bdi').count()).toBe(1);
  });
});

/** Measures how many pixels the page could be scrolled sideways. */
function overflow(page: Awaited<ReturnType<ReturnType<typeof usePages>['join']>>): Promise<number> {
  return page.evaluate(() => {
    const log = document.querySelector('[role=log]');
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth + (log ? log.scrollWidth - log.clientWidth : 0);
  });
}
