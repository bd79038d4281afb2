/** Drives the page in a real browser as a person would. */
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser, type Launch } from '../browser.ts';
import type { TestGateway } from '../../support/raw-connection.ts';
import { Visitors, type VisitorOptions } from './visitors.ts';

/** Addresses that serve the page. */
type Home = Pick<TestGateway, 'addresses'>;

/**
 * Errors that the browser itself logs when a server goes away on purpose: connections that fail, or break during a
 * request. The first pattern is Chromium's; Firefox takes the others for errors of the page.
 */
const OF_NETWORK =
  /WebSocket connection to|net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|INTERNET_DISCONNECTED)|can’t establish a connection to|was interrupted while the page was loading/;

export interface VisitOptions extends VisitorOptions {
  /** Prepares what has to be there before the page is: scripts, routes, clocks. Nothing has been loaded then. */
  readonly before?: (page: Page) => Promise<unknown>;
}

export interface Pages {
  /** Opens the gateway's page as a new visitor; in English and with reduced motion unless told otherwise. */
  visit(gateway: Home, options?: VisitOptions): Promise<Page>;
  /** Opens the page and joins under this name. */
  join(gateway: Home, name: string, options?: VisitOptions): Promise<Page>;
}

/** Visitors of the browser for all test files of this process, which ends with it: to start one takes as long as a test. */
let shared: Promise<Visitors> | undefined;

const launch = async (options?: Launch): Promise<Visitors> => new Visitors(await launchBrowser(options));

async function sharedVisitors(): Promise<Visitors> {
  const visitors = await (shared ??= launch());
  // A browser that has crashed fails the test it crashed in, not those after it.
  return visitors.browser.isConnected() ? visitors : (shared = launch());
}

/**
 * Gives pages to the tests of the surrounding `describe`, each of a visitor of its own; in a browser of their own when
 * `own` is given. After each test they are closed, and none may have thrown, logged an error or sent a request to any
 * other host than its gateway.
 */
export function usePages(own?: Launch): Pages {
  let visitors: Visitors | undefined;
  let complaints: string[] = [];
  beforeAll(async () => {
    visitors = await (own ? launch(own) : sharedVisitors());
  });
  afterAll(async () => {
    if (own) await visitors?.browser.close();
  });
  afterEach(async () => {
    await visitors?.leave();
    const found = complaints;
    complaints = [];
    expect(found).toEqual([]);
  });

  const visit = async (gateway: Home, { before, ...options }: VisitOptions = {}): Promise<Page> => {
    if (!own) visitors = await sharedVisitors();
    if (!visitors) throw new Error('no browser');
    const home = `127.0.0.1:${gateway.addresses.http.port}`;
    const page = await visitors.open(home, options);
    const complain = (text: string) => {
      if (!OF_NETWORK.test(text)) complaints.push(text);
    };
    page.on('pageerror', (error) => {
      // Scripts of a test also run in the empty page that comes before, which has no storage and no locks.
      if (page.url() !== 'about:blank') complain(error.stack ?? String(error));
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complain(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).host !== home) complaints.push(`asked ${request.url()}`);
    });
    await before?.(page);
    await page.goto(`http://${home}/`);
    return page;
  };
  const join = async (gateway: Home, name: string, options?: VisitOptions): Promise<Page> => {
    const page = await visit(gateway, options);
    await proposeName(page, name);
    await composer(page).waitFor();
    return page;
  };
  return { visit, join };
}

/** Waits until all that a working room loads later is there. */
export const untilWhole = (page: Page) => page.locator('.tool:last-child').waitFor({ state: 'attached' });

export async function proposeName(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join the room' }).click();
}

/** Begins a direct conversation by typing a name, whether someone has it or not, and waits until it is open. */
export async function begin(page: Page, login: string): Promise<void> {
  await page.getByRole('button', { name: 'Write to someone' }).click();
  const dialog = page.getByRole('dialog', { name: 'Go to' });
  await dialog.getByRole('combobox').fill(login);
  const named = dialog.getByRole('option').filter({ has: page.locator('bdi', { hasText: exactly(login) }) });
  // The conversation with a lock is a private connection.
  await named
    .filter({ hasNot: page.locator('.icon') })
    .first()
    .click();
  await expectOpen(page, login);
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, 'u');
}

/** Waits until this conversation is the open one: what is written before goes to another. */
export const expectOpen = (page: Page, title: string) =>
  page.getByRole('heading', { name: title, exact: true, level: 1 }).waitFor();

/** Shows who is here, where that is not shown already: wide pages show it by themselves. */
export async function showPeople(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: /^Show who is here/ });
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
}

/** Leaves, and clears what there is: the page asks when there is something to lose. */
export async function leaveAndClear(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await page.getByRole('button', { name: 'Leave and clear' }).click();
  await page.getByLabel('Your name').waitFor();
  // The dialog's entry of the history is given back a moment later, which would end a reload that has begun.
  await page.waitForFunction(() => ((history.state as { level?: number } | null)?.level ?? 0) === 0);
}

/** Text field for messages. */
export const composer = (page: Page) => page.locator('.composer textarea');

/** Writes a message in the open conversation, line by line as typed, and sends it with Enter. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** Waits until the page shows this status. */
export const expectStatus = (page: Page, words: string) =>
  page.getByRole('status').filter({ hasText: words }).waitFor();

/** Waits until a message with exactly this text is in the log, by `author` when given, and no longer pending. */
export async function expectMessage(page: Page, text: string, author?: string): Promise<void> {
  const groups = page.locator('[role=log] .group:not(.outgoing)');
  const byAuthor =
    author === undefined ? groups : groups.filter({ has: page.getByText(author, { exact: true }) });
  await expect
    .poll(() => byAuthor.locator('.text').allTextContents(), {
      message: `the message ${text}`,
    })
    .toContain(text);
}

/** Texts of the open conversation, in order. */
export function messages(page: Page): Promise<string[]> {
  return page.locator('[role=log] .text').allTextContents();
}
