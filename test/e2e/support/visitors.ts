/** Gives each visit a visitor of its own: a context of the browser that is new, or as good as new. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright';

export interface VisitorOptions extends BrowserContextOptions {
  /**
   * True for a visitor who has chosen nothing: where there is room, the list of people is beside the log. Else it has been
   * closed, so that a name stands only where the tests look for it.
   */
  readonly isFirstVisit?: boolean;
}

/** Each frame of a transition is painted by the processor, and a click waits until its button stands still. */
const USUAL = { locale: 'en-GB', serviceWorkers: 'block', reducedMotion: 'reduce' } as const;

/** Number of contexts that are kept: each has a process, and few tests have more visitors at once. */
const MOST_KEPT = 3;

/** Methods that change what later pages of the context meet. */
const CHANGES = [
  ...(['addCookies', 'addInitScript', 'clearPermissions', 'exposeBinding', 'exposeFunction'] as const),
  ...(['grantPermissions', 'route', 'routeWebSocket', 'setGeolocation', 'setOffline'] as const),
];
/** Those of the clock, which all pages of a context have in common. */
const CLOCK_CHANGES = ['install', 'pauseAt', 'setFixedTime', 'setSystemTime'] as const;

/** Context that serves several tests, one after the other. */
interface Kept {
  readonly context: BrowserContext;
  /** Options that it was made with, the size of the window not among them. */
  readonly options: string;
  /** Empty page that stays open: the process ends with the last page, and to start one takes longest. */
  readonly anchor: Page;
  /** Hosts that it has been to. All that a browser keeps of a page belongs to its origin: others find nothing. */
  readonly hosts: Set<string>;
  /** True from a visit to the end of its test. */
  isTaken: boolean;
  /** True when a test has changed the context itself, or its process has crashed. */
  isChanged: boolean;
}

/**
 * Visitors in one browser. To start the process of a new context is a fifth of what a visit costs the processor, so
 * contexts are kept: for visits with the same options, to gateways that they have not been to, and unless a test changed
 * the context.
 */
export class Visitors {
  readonly browser: Browser;
  /** Those used last come last. */
  #kept: Kept[] = [];

  constructor(browser: Browser) {
    this.browser = browser;
  }

  /** Opens an empty page of a visitor who has never been to this host. */
  async open(host: string, { viewport, ...options }: VisitorOptions): Promise<Page> {
    // The worker of a service stays in its context, whatever page is closed.
    const context =
      options.serviceWorkers === undefined ? await this.#take(host, options) : await this.#create(options);
    const page = await context.newPage();
    if (viewport) await page.setViewportSize(viewport);
    return page;
  }

  /** Closes all pages, and all contexts that cannot be used again. */
  async leave(): Promise<void> {
    const inUse = this.#kept.filter(({ isTaken }) => isTaken);
    this.#kept = this.#kept.filter(({ isChanged }) => !isChanged).slice(-MOST_KEPT);
    const contexts = new Set(this.#kept.map(({ context }) => context));
    for (const context of this.browser.contexts()) if (!contexts.has(context)) await context.close();
    for (const kept of inUse.filter(({ context }) => contexts.has(context))) {
      for (const page of kept.context.pages()) if (page !== kept.anchor) await page.close();
      kept.isTaken = false;
    }
  }

  async #take(host: string, options: VisitorOptions): Promise<BrowserContext> {
    const key = JSON.stringify(options);
    const isFit = (it: Kept) => it.options === key && !it.isTaken && !it.hosts.has(host);
    const kept = this.#kept.find(isFit) ?? (await this.#keep(key, options));
    this.#kept = [...this.#kept.filter((it) => it !== kept), kept];
    kept.hosts.add(host);
    kept.isTaken = true;
    return kept.context;
  }

  async #keep(key: string, options: VisitorOptions): Promise<Kept> {
    const context = await this.#create(options);
    const anchor = await context.newPage();
    const kept = { context, options: key, anchor, hosts: new Set<string>(), isTaken: true, isChanged: false };
    const change = () => {
      kept.isChanged = true;
    };
    anchor.on('crash', change).on('close', change);
    for (const name of CHANGES) tellOf(context, name, change);
    for (const name of CLOCK_CHANGES) tellOf(context.clock, name, change);
    return kept;
  }

  async #create({ isFirstVisit, ...options }: VisitorOptions): Promise<BrowserContext> {
    const context = await this.browser.newContext({ ...USUAL, ...options });
    if (!isFirstVisit) await context.addInitScript(closePeople);
    return context;
  }
}

/** Calls `then` before each call of this method. */
function tellOf<Name extends string>(
  object: Record<Name, (...args: never[]) => unknown>,
  name: Name,
  then: () => void,
): void {
  const method = object[name].bind(object);
  object[name] = (...args) => {
    then();
    return method(...args);
  };
}

/** Closes the list of people, as by an earlier choice. */
function closePeople(): void {
  try {
    localStorage['chaton.people'] ??= 'hidden';
  } catch {
    // A page whose storage is forbidden shows the list.
  }
}
