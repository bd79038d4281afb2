/** The tabs of one browser: one that wants a name asks the one that is in under it; their service worker knows them by ids. */
import { validateLogin } from '../../shared/protocol/login.ts';
import type { PendingSave } from '../state/saved-form.ts';
import { openChannel } from './channel.ts';
import { scope } from './scope.ts';

/** Timeout of another tab's answer, in ms. A tab that is frozen does not answer. */
const ANSWER_MS = 300;
/** Timeout of an answer that something has to be done for, in ms. */
const DONE_MS = 3_000;
/** Timeout of the worker's answer, in ms. */
const WORKER_MS = 2_000;
/** Interval at which the title of a tab changes that calls, in ms. */
const BLINK_MS = 700;
const MARK = '➤ ';

/** Request to the tab that is in under a login. */
interface Request {
  /** `here`: is it there? `show`: it is to be brought to the front. `give`: it is to hand everything over. */
  readonly ask: 'here' | 'show' | 'give';
  readonly login: string;
  /** Names the request. */
  readonly id: string;
  /** Login that the address of the tab which asks names (`#to=`): the other one opens the conversation when it is shown. */
  readonly to?: string | null;
}

interface Answer {
  readonly to: string;
  readonly content: unknown;
}

/** State that a tab hands over: its connection, and what the database may not have. */
export interface Given {
  readonly token: string | null;
  /** Time until which the tab was connected, in ms since 1970; null when it was not. */
  readonly until: number | null;
  readonly pending: PendingSave | null;
}

/** Tab that is in, as far as others may ask it. */
interface AskedTab {
  readonly isIn: (login: string) => boolean;
  /** Those with whom a private connection is open, agreed on or asked for, which ends when the tab hands everything over. */
  readonly privateWith: () => readonly string[];
  /** Opens the conversation with this login. */
  readonly open: (login: string) => void;
  /** Hands over the connection and what was said, and is out. */
  readonly give: () => Given;
}

/** Place for what continues here the conversation of another tab: the persistence, once it is loaded. */
export const continuation: {
  /** Resolves to false when there is no such tab any more. */
  continueHere: ((login: string) => Promise<boolean>) | null;
} = { continueHere: null };

const channelName = (): string => `${scope()}\ntabs`;

/** Answers other tabs, until the function that it returns is called. */
export function answerTabs(tab: AskedTab): () => void {
  const channel = openChannel(channelName());
  if (!channel) return () => {};
  channel.onmessage = ({ data }: MessageEvent<Request | Answer>) => {
    if ('content' in data || !tab.isIn(data.login)) return;
    const answer = (content: unknown) => channel.postMessage({ to: data.id, content } satisfies Answer);
    if (data.ask === 'show') {
      if (data.to && validateLogin(data.to) === 'fine') tab.open(data.to);
      void show().then(answer);
    } else answer(data.ask === 'give' ? tab.give() : tab.privateWith());
  };
  return () => channel.close();
}

/** True when another tab is in under this login. */
export async function isInOtherTab(login: string): Promise<boolean> {
  return (await ask('here', login, ANSWER_MS)) !== null;
}

/**
 * Names those with whom the tab that is in under this login has something private; null when it does not say, undefined when
 * no tab answers: of a busy machine an answer may take a while.
 */
export async function privateInOtherTab(login: string): Promise<readonly string[] | null | undefined> {
  const names = await ask('here', login, DONE_MS);
  // A tab of an older version only says that it is there.
  return Array.isArray(names) ? (names as readonly string[]) : names === null ? undefined : null;
}

/**
 * Brings the tab that is in under this login to the front; where the browser does not let that happen, its title calls. It
 * opens what the address of this one names. False when there is no such tab any more.
 */
export async function goToOtherTab(login: string): Promise<boolean> {
  const to = new URLSearchParams(location.hash.slice(1)).get('to');
  const client = (await ask('show', login, DONE_MS, to)) as { readonly id: string | null } | null;
  if (client?.id) (await activeWorker())?.postMessage(client.id);
  return client !== null;
}

/** Has the tab that is in under this login hand everything over; null when there is no such tab any more. */
export async function takeFromOtherTab(login: string): Promise<Given | null> {
  return (await ask('give', login, DONE_MS)) as Given | null;
}

/** Asks the other tabs; null when none answers in time. */
function ask(what: Request['ask'], login: string, timeout: number, to?: string | null): Promise<unknown> {
  const channel = openChannel(channelName());
  if (!channel) return Promise.resolve(null);
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  return new Promise((resolve) => {
    const end = (content: unknown) => {
      channel.close();
      resolve(content);
    };
    channel.onmessage = ({ data }: MessageEvent<Request | Answer>) => {
      if ('content' in data && data.to === id) end(data.content);
    };
    channel.postMessage({ ask: what, login, id, ...(to && { to }) } satisfies Request);
    setTimeout(end, timeout, null);
  });
}

/** Calls from the title until the tab has the focus. */
async function show(): Promise<{ readonly id: string | null }> {
  if (document.hasFocus()) return { id: null };
  const blink = () => {
    const { title } = document;
    document.title = title.startsWith(MARK) ? title.slice(MARK.length) : MARK + title;
  };
  blink();
  const timer = setInterval(blink, BLINK_MS);
  const stop = () => {
    clearInterval(timer);
    if (document.title.startsWith(MARK)) blink();
  };
  addEventListener('focus', stop, { once: true });
  return { id: await ownClientId() };
}

/** The worker that serves this page; null over plain HTTP, where there is none. */
async function activeWorker(): Promise<ServiceWorker | null> {
  const { serviceWorker } = navigator as { readonly serviceWorker?: ServiceWorkerContainer };
  return (await serviceWorker?.getRegistration())?.active ?? null;
}

/** Asks the worker for the id; null when there is no worker, or no answer. */
export async function ownClientId(): Promise<string | null> {
  const worker = await activeWorker();
  if (!worker) return null;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
    setTimeout(() => resolve(null), WORKER_MS);
    worker.postMessage(null, [port2]);
  });
}
