import { describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, usePages } from './support/page.ts';

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
const PHONE = { viewport: { width: 390, height: 844 } };

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
    expect(await page.title()).toBe('(1) Chaton');
    expect(await overflow(page)).toBe(0);

    await page.getByRole('button', { name: 'Show conversations' }).click();
    await page.getByRole('button', { name: /psst/ }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await expectMessage(page, '<i>psst</i>', name);
    expect(await overflow(page)).toBe(0);
  });
});

/** How many pixels the page could be scrolled sideways. */
function overflow(page: Awaited<ReturnType<ReturnType<typeof usePages>['join']>>): Promise<number> {
  return page.evaluate(() => {
    const log = document.querySelector('[role=log]');
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth + (log ? log.scrollWidth - log.clientWidth : 0);
  });
}
