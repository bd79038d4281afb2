/**
 * Persists the page on this device, so that a reload loses nothing; forgets it when the person leaves. Loaded on demand. The
 * form of what is saved is in state/saved-form.ts, where it is saved in database.ts, when in autosave.ts, whose it is in
 * own-page.ts (and tab-lock.ts, other-tabs.ts), and what came too late for the database in pending-save.ts.
 */
import { loginKey } from '../../shared/protocol/login.ts';
import type { Drafts } from '../state/drafts.ts';
import {
  plain,
  isEmpty,
  pendingPartners,
  withEarlier,
  withEarlierDrafts,
  withPendingSave,
  type PendingSave,
  type Saved,
  restore,
} from '../state/saved-form.ts';
import type { Event } from '../state/reduce.ts';
import type { Store } from '../state/store.ts';
import { EMPTY, type State } from '../state/state.ts';
import type { Connection } from '../net/connection.ts';
import { LEAVING } from './leaving.ts';
import { dropPendingSave, readPendingSave, writePendingSave } from './pending-save.ts';
import { OwnPage, RELOAD_MS } from './own-page.ts';
import { Autosave } from './autosave.ts';
import { insideItem, tabItem } from './scope.ts';
import { answerTabs, continuation, isInOtherTab, takeFromOtherTab, type Given } from './other-tabs.ts';

/** Timeout of the lock when someone joins, in ms: another tab may have what is saved. */
const HELD_MS = 300;
/** Timeout of the database when a page with a pending save comes back, in ms: after it that save has to do. */
const COPY_MS = 1_500;

/** The token of this tab's connection: it is there while nobody looks. */
const tokenItem = tabItem('token');
/** The time until which this tab was connected: a page in a quiet room was saved long before. */
const untilItem = tabItem('until');

export class Persistence {
  readonly #store: Store<State, Event>;
  readonly #drafts: Drafts;
  /** Saves the page of whoever is in. */
  readonly #autosave: Autosave;
  /** Saved page of the name that is being proposed. */
  #next: OwnPage | null = null;
  #phase = 'outside';
  #inside: string | null = null;
  /** True from `keep` until the person has left: what happens in between is not to be saved as a page of its own. */
  #isKept = false;
  readonly #connection: Pick<Connection, 'token' | 'leave' | 'comeBack'>;
  readonly #leave: () => void;
  /** Login that another tab was found to be in under, before it was proposed. */
  #elsewhere: string | null = null;
  /** Ends the answers to other tabs. */
  #hush: () => void;

  /** @param leave leaves, and forgets what is in the page */
  constructor(
    store: Store<State, Event>,
    drafts: Drafts,
    connection: Pick<Connection, 'token' | 'leave' | 'comeBack'>,
    leave: () => void,
  ) {
    this.#store = store;
    this.#drafts = drafts;
    this.#connection = connection;
    this.#leave = leave;
    continuation.continueHere = (login) => this.#continueHere(login);
    const answer = () =>
      answerTabs({
        isIn: (login) => this.#inside !== null && loginKey(login) === loginKey(this.#inside),
        privateWith: () => pendingPartners(store.state),
        open: (login) => store.dispatch({ type: 'direct-opened', login }),
        give: () => this.#give(),
      });
    this.#hush = answer();
    this.#autosave = new Autosave(store, drafts);
    const keepToken = (isHidden: boolean) => tokenItem.set(isHidden ? connection.token : null);
    const leaveBehind = () => {
      keepToken(true);
      keepUntil(this.#until);
      this.#autosave.leavePending();
    };
    for (const type of LEAVING) addEventListener(type, leaveBehind);
    addEventListener('pagehide', () => {
      this.#hush();
      this.#next?.suspend();
      this.#autosave.suspend();
    });
    addEventListener('pageshow', ({ persisted }) => {
      if (!persisted) return;
      keepToken(document.hidden);
      untilItem.set(null);
      this.#hush = answer();
      void this.#autosave.continueSaving().then(() => this.#changed());
    });
    document.addEventListener('visibilitychange', () => {
      keepToken(document.hidden);
      if (document.hidden) this.#autosave.hurry();
    });
    store.subscribe(() => this.#changed());
    drafts.subscribe(() => this.#autosave.changed());
    this.#changed();
  }

  /**
   * Brings back whoever was in before this tab was loaded again: first what was saved, then the connection. A tab that
   * is a copy of another brings back nobody: the other has the page, and the connection.
   */
  async bringBack(): Promise<void> {
    const token = tokenItem.take();
    const until = Number(untilItem.take());
    const login = insideItem.get();
    if (login === null) return;
    const page = this.#propose(login, RELOAD_MS);
    const pending = readPendingSave(login);
    await page.lockTried;
    await (pending ? Promise.race([page.tried, after(COPY_MS)]) : page.tried);
    // The person may not have waited for it.
    if (this.#next !== page || this.#store.state.phase.kind !== 'outside') return;
    if (page.isHeld) {
      this.#release();
      insideItem.set(null);
      dropPendingSave();
      return;
    }
    page.isUsed = page.found !== undefined;
    if (!page.isUsed) page.startedFrom = pending;
    const all = page.isUsed ? withPendingSave(page.found ?? null, pending) : pending && withRoom(pending);
    if (!all) return;
    const saved = { ...all, page: { ...all.page, at: Math.max(all.page.at, until) } };
    page.count = saved.page.count ?? 0;
    withEarlierDrafts(this.#drafts, saved);
    this.#store.dispatch({ type: 'changed', to: restore(this.#store.state, login, saved) });
    this.#connection.comeBack(login, token);
  }

  /** Saves all, and lets go of it without forgetting it: the person leaves, and is to find it at the next visit. */
  async keep(): Promise<void> {
    await this.#autosave.keep();
    this.#isKept = true;
  }

  /**
   * Finds what an earlier visit under this name has left; resolves when that is known, or is another tab's. In that case
   * the other tab is asked whether it is in: a refusal of the name then says so.
   */
  async open(login: string): Promise<void> {
    const page = this.#propose(login, HELD_MS);
    const isThere = isInOtherTab(login);
    await page.tried;
    this.#elsewhere = page.isHeld && (await isThere) ? login : null;
  }

  /** Continues here what another tab has under this login; false when there is no such tab any more. */
  async #continueHere(login: string): Promise<boolean> {
    const given = await takeFromOtherTab(login);
    if (!given) return false;
    this.#release();
    // The name is proposed on a new connection, which takes the place of the other tab's.
    this.#connection.leave();
    insideItem.set(login);
    if (given.token !== null) tokenItem.set(given.token);
    keepUntil(given.until);
    if (given.pending) writePendingSave(given.pending);
    await this.bringBack();
    return true;
  }

  /** Time until which the page was connected. Firefox breaks the connection of a page that is left before it says so. */
  get #until(): number | null {
    const { phase, lostAt } = this.#store.state;
    return phase.kind === 'inside' ? (lostAt ?? Date.now()) : null;
  }

  /** Hands everything over to another tab, and says where it went. */
  #give(): Given {
    const { token } = this.#connection;
    const until = this.#until;
    const login = this.#inside ?? '';
    const pending = this.#autosave.give();
    this.#leave();
    tokenItem.set(null);
    this.#showElsewhere(login, true);
    return { token, until, pending };
  }

  #showElsewhere(login: string, moved: boolean): void {
    const { state, dispatch } = this.#store;
    const reason = { kind: 'elsewhere', login, moved } as const;
    dispatch({ type: 'changed', to: { ...state, phase: { kind: 'outside', reason } } });
  }

  /** Puts into the page what was found, when the name was accepted and before the page hears of it. */
  accepted(login: string): void {
    const { state, dispatch } = this.#store;
    const page = this.#next;
    if (page?.login !== login || page.found === undefined) return;
    page.isUsed = true;
    const saved = withPendingSave(page.found, readPendingSave(login));
    if (!saved) return;
    page.count = saved.page.count ?? 0;
    const isNew = isEmpty(state, this.#drafts);
    withEarlierDrafts(this.#drafts, saved);
    dispatch({ type: 'changed', to: isNew ? restore(state, login, saved) : withEarlier(state, saved) });
  }

  #propose(login: string, timeout: number): OwnPage {
    const { page } = this.#autosave;
    if (page?.login === login) return page;
    if (this.#next?.login === login && !this.#next.isHeld) return this.#next;
    this.#release();
    return (this.#next = new OwnPage(login, timeout, (opened) => this.#found(opened)));
  }

  #release(): void {
    this.#next?.letGo();
    this.#next = null;
  }

  /** Puts in front what the database had, when the page has gone on meanwhile. */
  #found(page: OwnPage): void {
    const { found, startedFrom } = page;
    if (page !== this.#autosave.page || page.isUsed || !found) return this.#changed();
    page.isUsed = true;
    // The pending save that the page began with is newer than what the database has of the same.
    const newer = new Set(startedFrom?.apart ? [] : startedFrom?.conversations.map(({ key }) => key));
    const conversations = found.conversations.filter(({ key }) => !newer.has(key));
    const { state, dispatch } = this.#store;
    const earlier = { ...found, conversations };
    withEarlierDrafts(this.#drafts, earlier);
    dispatch({ type: 'changed', to: withEarlier(state, earlier) });
  }

  #changed(): void {
    // Changes while the page is suspended are saved when it is back.
    if (this.#autosave.isSuspended) return;
    const { state } = this.#store;
    const { phase } = state;
    if (this.#isKept && phase.kind === 'inside') return;
    this.#isKept = false;
    // A name that was refused is not this tab's to keep.
    if (phase.kind === 'outside' && this.#phase === 'joining') this.#release();
    this.#phase = phase.kind;
    if (
      phase.kind === 'outside' &&
      phase.reason?.kind === 'refused' &&
      phase.reason.login === this.#elsewhere
    )
      return this.#showElsewhere(phase.reason.login, false);
    this.#setInside(phase.kind === 'inside' ? phase.login : phase.kind === 'outside' ? null : this.#inside);
    const { page } = this.#autosave;
    if (phase.kind === 'inside' && phase.login !== page?.login) {
      this.#autosave.take(this.#propose(phase.login, HELD_MS));
      this.#next = null;
    }
    // Nothing is left after leaving; when the name is gone, everything is still there.
    else if (phase.kind === 'outside' && page && isEmpty(state, this.#drafts)) this.#autosave.forget();
    this.#autosave.changed();
  }

  #setInside(login: string | null): void {
    if (login === this.#inside) return;
    this.#inside = login;
    insideItem.set(login);
  }
}

/** Adds a room to a pending save, which has only what changed: there is no page without a room. */
function withRoom(pending: PendingSave): Saved {
  const { conversations } = pending;
  if (conversations[0]?.kind === 'room') return pending;
  return { ...pending, conversations: [plain({ kind: 'room', key: 'room', ...EMPTY }), ...conversations] };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function keepUntil(until: number | null): void {
  // A tab of an older version does not say.
  if (typeof until === 'number') untilItem.set(String(until));
}
