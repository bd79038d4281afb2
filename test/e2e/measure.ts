/**
 * Measures the page on an idle machine: `node test/e2e/measure.ts`, after `npm run build`; names of its parts (`load
 * crowd history burst`) select only those. Prints what a person would notice: tasks over 50 ms, the time that a key press
 * takes, and the first load on a slow processor.
 */
import { loadavg } from 'node:os';
import type { Browser, Page } from 'playwright';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { UNLIMITED_FLAGS } from '../support/unlimited.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { launchBrowser } from './browser.ts';

const PEOPLE = 500;
const HISTORY = 10_000;
const BURST = { seconds: 10, perSecond: 500 };
const CROWD = { people: 1_500, seconds: 5 };
const SLOWDOWN = 4;
const ROUNDS = 5;

type Home = Pick<TestGateway, 'addresses'>;

async function joinRaw(home: Home, name: string): Promise<RawConnection> {
  const peer = await connectRaw(home, 'tcp');
  peer.send(login(name));
  await peer.expect(ACCEPTED);
  return peer;
}

async function joinPage(browser: Browser, home: Home, name: string): Promise<Page> {
  const page = await browser.newPage({ locale: 'en-GB', serviceWorkers: 'block' });
  await page.goto(`http://127.0.0.1:${home.addresses.http.port}/`);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join the room' }).click();
  await page.locator('.composer textarea').waitFor();
  return page;
}

/** Starts to record how long each task over 50 ms takes, and each key press until the next frame. */
async function watch(page: Page): Promise<() => Promise<{ tasks: number[]; keys: number[] }>> {
  await page.evaluate(() => {
    const seen = { tasks: [] as number[], keys: [] as number[] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
    addEventListener('keydown', ({ timeStamp }) =>
      requestAnimationFrame(() => seen.keys.push(Math.round(performance.now() - timeStamp))),
    );
  });
  return () =>
    page.evaluate(() => (globalThis as unknown as { seen: { tasks: number[]; keys: number[] } }).seen);
}

function numbered(name: string, from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => message(name, `no. ${from + index} `)).join('');
}

const waitForNumber = (page: Page, number: number) =>
  page.getByText(`no. ${number} `).first().waitFor({ state: 'attached' });

async function measureHistory(browser: Browser, home: Home): Promise<void> {
  const people = await Promise.all(
    Array.from({ length: PEOPLE - 1 }, (_, index) => joinRaw(home, `person ${index}`)),
  );
  const page = await joinPage(browser, home, 'lea');
  for (let from = 0; from < HISTORY; from += 500) {
    people[0]!.send(numbered('person 0', from, from + 500));
    await waitForNumber(page, from + 499);
  }
  const read = await watch(page);
  await page.locator('.composer textarea').pressSequentially('typing @per and more, quickly', { delay: 20 });
  await page.keyboard.press('Escape');
  await page.getByRole('log').hover();
  for (let turns = 0; turns < 60; turns++) await page.mouse.wheel(0, turns < 40 ? -900 : 1500);
  const { tasks, keys } = await read();
  report(`${HISTORY} messages, ${PEOPLE} people: typing and scrolling`, { tasks, keys });
  await measureReturn(page);
  for (const peer of people) peer.reset();
  await page.close();
}

/** Measures going to another conversation and back to the long one. */
async function measureReturn(page: Page): Promise<void> {
  await page.locator('.composer textarea').fill('/msg person_1 hello');
  await page.locator('.composer textarea').press('Enter');
  await page.getByRole('heading', { name: 'person_1', level: 1 }).waitFor();
  const read = await watch(page);
  for (let turns = 0; turns < 6; turns++) {
    await page.keyboard.press('Alt+ArrowDown');
    await page.waitForTimeout(400);
  }
  report(`${HISTORY} messages: away and back, three times`, await read());
}

async function measureBurst(browser: Browser, home: Home): Promise<void> {
  const bob = await joinRaw(home, 'bob');
  const page = await joinPage(browser, home, 'lea');
  const read = await watch(page);
  const total = BURST.seconds * BURST.perSecond;
  const piece = BURST.perSecond / 20;
  let sent = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      bob.send(numbered('bob', sent, (sent += piece)));
      if (sent < total) return;
      clearInterval(timer);
      resolve();
    }, 50);
    void page.locator('.composer textarea').pressSequentially('x'.repeat(50), { delay: 150 });
  });
  await waitForNumber(page, total - 1);
  report(`${BURST.perSecond} messages/s for ${BURST.seconds} s`, await read());
  const seen = new Set<string>();
  for (let top = 0, height = 1; top < height; top += 400) {
    height = await page.getByRole('log').evaluate(async (log, to) => {
      log.scrollTo(0, to);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return log.scrollHeight;
    }, top);
    for (const text of await page.locator('.text').allTextContents()) seen.add(text);
  }
  console.log(`  ${seen.size} of ${total} messages are in the log`);
  bob.reset();
  await page.close();
}

/** Measures a crowd that comes within a few seconds, and goes at once, while the list of people is open. */
async function measureCrowd(browser: Browser, home: Home): Promise<void> {
  const page = await joinPage(browser, home, 'lea');
  // A page as wide as this shows who is here by itself.
  const count = page.locator('.people > header p');
  await count.waitFor();
  const read = await watch(page);
  const people: RawConnection[] = [];
  const start = performance.now();
  for (let index = 0; index < CROWD.people; index++) {
    people.push(await joinRaw(home, `u${index}`));
    const due = start + (index * CROWD.seconds * 1000) / CROWD.people;
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
  }
  const took = ((performance.now() - start) / 1000).toFixed(1);
  await count.getByText(`${CROWD.people + 1} people here`).waitFor();
  report(`${CROWD.people} people came in ${took} s, the list open`, await read());
  await page.close();
  for (const peer of people) peer.reset();
}

async function measureFirstLoad(browser: Browser, home: Home): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const page = await browser.newPage({ serviceWorkers: 'block', viewport: { width: 390, height: 844 } });
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    await page.addInitScript(() =>
      addEventListener('focusin', () => performance.mark('usable'), { once: true }),
    );
    await page.goto(`http://127.0.0.1:${home.addresses.http.port}/`);
    await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0);
    times.push(await page.evaluate(() => Math.round(performance.getEntriesByName('usable')[0]!.startTime)));
    await page.close();
  }
  console.log(
    `first load, processor slowed ${SLOWDOWN} times: name field ready after ${times.join(', ')} ms`,
  );
}

function report(what: string, { tasks, keys }: { tasks: number[]; keys: number[] }): void {
  const sorted = keys.toSorted((one, other) => one - other);
  const median = sorted[sorted.length >> 1] ?? 0;
  console.log(`${what}: tasks over 50 ms: ${tasks.length} (longest ${Math.max(0, ...tasks)} ms);`);
  console.log(
    `  ${keys.length} key presses, to the next frame: median ${median} ms, longest ${sorted.at(-1) ?? 0} ms`,
  );
}

const gateway = new GatewayProcess([
  '--tcp-port=0',
  '--tcp-long64-port=0',
  '--http-port=0',
  ...UNLIMITED_FLAGS,
]);
const { page, port } = await gateway.ready();
const home: Home = {
  addresses: {
    tcp: { host: '127.0.0.1', port },
    tcpLong64: null,
    http: { host: '127.0.0.1', port: Number(new URL(page).port) },
  },
};
const browser = await launchBrowser();
// Load of other processes on the machine distorts all figures that follow.
console.log(`load average before: ${loadavg()[0]!.toFixed(1)}`);
const PARTS = { load: measureFirstLoad, crowd: measureCrowd, history: measureHistory, burst: measureBurst };
const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) await measure(browser, home);
await browser.close();
gateway.kill('SIGTERM');
await gateway.exit;
