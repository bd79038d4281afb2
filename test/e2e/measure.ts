/**
 * Measures the page on an idle machine: `node test/e2e/measure.ts`, after `npm run build`; names of its parts (`load
 * crowd history burst flood`) select only those. Prints what a person would notice: tasks over 50 ms, the time that a key
 * press takes, and the first load on a slow processor; of tasks also the time that the processor had them, which holds on a
 * machine that does other things as well.
 */
import { loadavg } from 'node:os';
import type { Browser, Page } from 'playwright';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { UNLIMITED_FLAGS } from '../support/unlimited.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { launchBrowser } from './browser.ts';
import { recordTasks, type Task } from './support/main-thread.ts';

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

interface Seen {
  readonly tasks: readonly Task[];
  /** Time of each key press until the next frame, in ms. */
  readonly keys: readonly number[];
}

/** Starts to record the tasks of the page, and how long each key press takes. */
async function watch(page: Page): Promise<() => Promise<Seen>> {
  await page.evaluate(() => {
    const keys: number[] = [];
    Object.assign(globalThis, { keys });
    addEventListener('keydown', ({ timeStamp }) =>
      requestAnimationFrame(() => keys.push(Math.round(performance.now() - timeStamp))),
    );
  });
  const end = await recordTasks(browser);
  return async () => ({
    tasks: await end(),
    keys: await page.evaluate(() => (globalThis as unknown as { keys: number[] }).keys),
  });
}

function numbered(name: string, from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) =>
    message(name, `no. ${from + index} **bold** and *italic*, \`code\` and https://example.org/`),
  ).join('');
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

/** Sends messages for some seconds while someone writes, the first with this number. */
async function measureFlood(page: Page, bob: RawConnection, first: number, what = ''): Promise<void> {
  const read = await watch(page);
  const end = first + BURST.seconds * BURST.perSecond;
  const piece = BURST.perSecond / 20;
  let sent = first;
  const typing = page.locator('.composer textarea').pressSequentially('x'.repeat(50), { delay: 150 });
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      bob.send(numbered('bob', sent, (sent += piece)));
      if (sent < end) return;
      clearInterval(timer);
      resolve();
    }, 50);
  });
  await waitForNumber(page, end - 1);
  // On a machine that does other things as well it takes longer than the flood.
  await typing;
  report(`${BURST.perSecond} messages/s for ${BURST.seconds} s${what}`, await read());
}

async function measureBurst(browser: Browser, home: Home): Promise<void> {
  const bob = await joinRaw(home, 'bob');
  const page = await joinPage(browser, home, 'lea');
  await measureFlood(page, bob, 0);
  const seen = new Set<string>();
  for (let top = 0, height = 1; top < height; top += 400) {
    height = await page.getByRole('log').evaluate(async (log, to) => {
      log.scrollTo(0, to);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return log.scrollHeight;
    }, top);
    for (const text of await page.locator('.text').allTextContents()) seen.add(text);
  }
  console.log(`  ${seen.size} of ${BURST.seconds * BURST.perSecond} messages are in the log`);
  bob.reset();
  await page.close();
}

/** Measures the same where the log is full, every message has formatting, and someone searches it. */
async function measureFull(browser: Browser, home: Home): Promise<void> {
  const bob = await joinRaw(home, 'bob');
  const page = await joinPage(browser, home, 'lea');
  for (let from = 0; from < HISTORY; from += 500) {
    bob.send(numbered('bob', from, from + 500));
    await waitForNumber(page, from + 499);
  }
  await page.locator('.composer textarea').press('Control+f');
  const read = await watch(page);
  await page.locator('.find input').pressSequentially('bold', { delay: 50 });
  report(`${HISTORY} messages with formatting: searching`, await read());
  await measureFlood(page, bob, HISTORY, ', all of it, with the search open');
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
    if (due > performance.now())
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, due - performance.now())));
  }
  const took = ((performance.now() - start) / 1000).toFixed(1);
  await count.getByText(`${CROWD.people + 1} people here`).waitFor();
  report(`${CROWD.people} people came in ${took} s, the list open`, await read());
  await page.close();
  for (const peer of people) peer.reset();
}

async function measureFirstLoad(browser: Browser, home: Home): Promise<void> {
  const times: number[] = [];
  const work: number[] = [];
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
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    const end = await recordTasks(browser);
    await page.reload();
    await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0);
    work.push(Math.round((await end()).reduce((sum, { thread }) => sum + thread, 0)));
    await page.close();
  }
  console.log(
    `first load, processor slowed ${SLOWDOWN} times: name field ready after ${times.join(', ')} ms; ` +
      `processor time, not slowed: ${work.join(', ')} ms`,
  );
}

function report(what: string, { tasks, keys }: Seen): void {
  const sorted = keys.toSorted((one, other) => one - other);
  const median = sorted[sorted.length >> 1] ?? 0;
  const long = (kind: keyof Task) => {
    const times = tasks.map((task) => task[kind]);
    return `${times.filter((time) => time > 50).length} (longest ${Math.max(0, ...times).toFixed(0)} ms)`;
  };
  console.log(`${what}: tasks over 50 ms: ${long('wall')}; by processor time: ${long('thread')};`);
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
const PARTS = {
  load: measureFirstLoad,
  crowd: measureCrowd,
  history: measureHistory,
  burst: measureBurst,
  flood: measureFull,
};
const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) await measure(browser, home);
await browser.close();
gateway.kill('SIGTERM');
await gateway.exit;
