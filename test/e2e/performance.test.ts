import type { CDPSession, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { useRoom } from '../support/raw-room.ts';
import { UNLIMITED } from '../support/unlimited.ts';
import { trouble, tryNow, withhold } from './support/missing-parts.ts';
import { composer, expectMessage, proposeName, usePages } from './support/page.ts';

/**
 * Most blocks of the page's code that may run for one key, one turn of the wheel, one message that comes: some three
 * times the measured number, and less than one for each message of the log. `node test/e2e/measure.ts` has the times.
 */
const BLOCKS = { key: 7_000, turn: 6_000, message: 450 };
const TYPED = 'typing @per and more, quickly';
const TURNS = 40;

describe('the page under load', { timeout: 120_000 }, () => {
  const room = useRoom('tcp', UNLIMITED);
  const pages = usePages();

  /** Sends so many messages in pieces, each once the page has shown the one before. */
  const fill = async (page: Page, peer: RawConnection, name: string, count: number) => {
    for (let from = 0; from < count; from += 500) {
      const to = Math.min(from + 500, count);
      peer.send(numbered(name, from, to));
      await page
        .getByText(`no. ${to - 1} `)
        .first()
        .waitFor({ state: 'attached' });
    }
  };

  it('10,000 messages and 500 people: typing and scrolling lay out little, and block nothing', async () => {
    const people = await Promise.all(Array.from({ length: 499 }, (_, index) => room.join(`person ${index}`)));
    const page = await pages.join(room.gateway, 'lea');
    await fill(page, people[0]!, 'person 0', 10_000);
    expect(await page.locator('.text').count()).toBeLessThan(250);

    const work = await watchWork(page);
    await composer(page).pressSequentially(TYPED, { delay: 5 });
    await composer(page).press('Escape');
    expect(await work()).toBeLessThan(TYPED.length * BLOCKS.key);
    await page.getByRole('log').hover();
    for (let turns = 0; turns < TURNS; turns++) await page.mouse.wheel(0, turns < 30 ? -900 : 2000);
    expect(await work()).toBeLessThan(TURNS * BLOCKS.turn);
    await page.getByRole('log').evaluate((log) => log.scrollTo(0, log.scrollHeight / 3));
    await page.getByRole('button', { name: 'Jump to the latest' }).click();
    await expectMessage(page, 'no. 9999 ');
    expect(await page.locator('.text').count()).toBeLessThan(250);
  });

  it('messages get their formatting little by little when what formats comes late', async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway);
    const give = await withhold(page, /\/lazy-/);
    await proposeName(page, 'lea');
    await trouble(page).waitFor();
    bob.send(Array.from({ length: 100 }, (_, number) => message('bob', `no. ${number} **bold**`)).join(''));
    await page.getByText('no. 99 ').waitFor();
    const texts = page.locator('.log .text');
    await expect.poll(() => texts.count()).toBeGreaterThan(30);
    const count = await texts.count();
    const most = await page.evaluateHandle(() => {
      const found = { most: 0 };
      // It is called once for all that one task has changed.
      new MutationObserver((changes) => {
        const changed = new Set(
          changes.map(({ target }) => target).filter((one) => (one as Element).matches('.text')),
        );
        found.most = Math.max(found.most, changed.size);
      }).observe(document.querySelector('.log')!, { childList: true, subtree: true });
      return found;
    });
    await give();
    await tryNow(page);
    await expect
      .poll(() => texts.filter({ has: page.locator('strong') }).count())
      .toBeGreaterThanOrEqual(count);
    const { most: inOneTask } = await most.jsonValue();
    expect(inOneTask).toBeGreaterThan(0);
    expect(inOneTask).toBeLessThanOrEqual(16);
  });

  it('a burst leaves the page responsive, and complete', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const writes = await watchDocument(page);
    const work = await watchWork(page);
    for (let tenth = 0; tenth < 20; tenth++) {
      bob.send(numbered('bob', tenth * 50, tenth * 50 + 50));
      await composer(page).press('x');
    }
    await expectMessage(page, 'no. 999 ');
    await expect.poll(() => composer(page).inputValue()).toBe('x'.repeat(20));
    expect(await work()).toBeLessThan(1000 * BLOCKS.message);
    expect(await writes()).toEqual([]);

    const seen = new Set<string>();
    const log = page.getByRole('log');
    for (let top = 0, height = 1; top < height; top += 400) {
      height = await log.evaluate(async (it, to) => {
        it.scrollTo(0, to);
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        return it.scrollHeight;
      }, top);
      for (const text of await page.locator('.text').allTextContents()) seen.add(text);
    }
    expect(seen.size).toBe(1000);
  });
});

describe('the first load', () => {
  const room = useRoom();
  const pages = usePages();

  it('asks for few and small things', async () => {
    const page = await pages.visit(room.gateway);
    const sizes = await page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => {
        const { name, encodedBodySize } = entry as PerformanceResourceTiming;
        return { name: new URL(name).pathname, encodedBodySize };
      }),
    );
    const scripts = sizes.filter(({ name }) => name.endsWith('.js'));
    // The name field waits for no other script than the first, and no language is loaded after it.
    expect(new Set(scripts.map(({ name }) => name)).size, JSON.stringify(scripts)).toBe(1);
    expect(sizes.length).toBeLessThanOrEqual(12);
    // A script that is preloaded before its import is listed twice, and comes over the network once.
    const once = new Map(scripts.map(({ name, encodedBodySize }) => [name, encodedBodySize]));
    const total = [...once.values()].reduce((sum, size) => sum + size, 0);
    expect(total, JSON.stringify(scripts)).toBeLessThan(30 * 1024);
  });

  it('can be used by a slow processor', async () => {
    const page = await pages.visit(room.gateway, { viewport: { width: 390, height: 844 } });
    const session: CDPSession = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.reload();
    await page.getByLabel('Your name').waitFor();
    // The paint follows the layout a little later.
    const painted = () =>
      page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
    await expect.poll(painted).toBeGreaterThan(0);
  });
});

function numbered(name: string, from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    return message(name, `no. ${number} `);
  }).join('');
}

/**
 * Collects the attributes of the document's element that are written from now on, even with the same value: for each the
 * browser works out the style of everything again.
 */
async function watchDocument(page: Page): Promise<() => Promise<readonly string[]>> {
  const handle = await page.evaluateHandle(() => {
    const written: string[] = [];
    new MutationObserver((changes) => {
      for (const { attributeName } of changes) written.push(attributeName ?? '');
    }).observe(document.documentElement, { attributes: true });
    return written;
  });
  return () => handle.jsonValue();
}

/** Counts the blocks of the page's own code, loops and branches included, that were run since the last call. */
async function watchWork(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Profiler.enable');
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return async () => {
    const { result } = await session.send('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => url.includes('/assets/'))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
      .reduce((sum, count) => sum + count, 0);
  };
}
