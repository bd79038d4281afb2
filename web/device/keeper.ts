/**
 * Keeps the page on this device, so that a reload loses nothing; forgets it when the person leaves. Loaded by itself:
 * the page is shown without it.
 */
import {
  isEmpty,
  pageOf,
  savedFormOf,
  withEarlier,
  withLate,
  type Late,
  type Saved,
} from '../store/persist.ts';
import type { Event } from '../store/reduce.ts';
import type { Store } from '../store/store.ts';
import { EMPTY, type Conversation, type State } from '../store/state.ts';
import { dropLate, readLate, writeLate } from './late-copy.ts';
import { OwnPage, RELOAD_MS } from './own-page.ts';
import { leaveDatabase, onLoss } from './saved.ts';
import { inStorage, insideItem, scope } from './scope.ts';

/** What changes within this time is saved together, in ms. */
const TOGETHER_MS = 200;
/** How much later it is tried again after one failure, two, and more, in ms. */
const AGAIN_MS = [500, 2_000, 5_000] as const;
/** Failures in a row after which the person is told. */
const TOLD_AFTER = 2;
/** How long another tab that has what is saved may take to let go when someone joins, in ms. */
const HELD_MS = 300;
/** How long a page that comes back waits for the database before it does with what its tab has, in ms. */
const COPY_MS = 1_500;

/** In this tab's own storage while nobody looks: the token of its connection. */
const tokenItem = (): string => `${scope()}.token`;

export class Keeper {
  readonly #store: Store<State, Event>;
  /** What is kept of whoever is in. */
  #page: OwnPage | null = null;
  /** What is kept of the name that is being proposed. */
  #next: OwnPage | null = null;
  /** What was kept under names before this one: forgotten once it is saved under this one. */
  #older: OwnPage[] = [];
  #saved: readonly Conversation[] = [];
  /** The state that was saved last. */
  #savedState: State | null = null;
  #savedAt = 0;
  #failures = 0;
  #isSaving = false;
  /** The page is left, and kept for a return by the back button at most. */
  #isAway = false;
  /** Times it was left. */
  #leaves = 0;
  #phase = 'outside';
  #inside: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param token of the present connection */
  constructor(store: Store<State, Event>, token: () => string | null) {
    this.#store = store;
    const keepToken = (isHidden: boolean) =>
      inStorage(() => {
        const kept = isHidden ? token() : null;
        if (kept === null) sessionStorage.removeItem(tokenItem());
        else sessionStorage.setItem(tokenItem(), kept);
      });
    onLoss(() => {
      this.#saved = [];
      this.#savedState = null;
    });
    addEventListener('pagehide', () => {
      keepToken(true);
      this.#leavePage();
    });
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) void this.#comeBackByHistory();
    });
    document.addEventListener('visibilitychange', () => {
      keepToken(document.hidden);
      // Phones end pages that are not looked at without a word.
      if (document.hidden && this.#timer !== undefined && this.#failures === 0) void this.#save();
    });
    store.subscribe(() => this.#changed());
    this.#changed();
  }

  /**
   * Whoever was in before this tab was loaded again is in again: what was saved comes back, and then the connection.
   * A tab that is a copy of another is nobody: the other has the page, and the connection.
   */
  async comeBack(connect: (login: string, token: string | null) => void): Promise<void> {
    const token = inStorage(() => sessionStorage.getItem(tokenItem())) ?? null;
    inStorage(() => sessionStorage.removeItem(tokenItem()));
    const login = inStorage(() => sessionStorage.getItem(insideItem())) ?? null;
    if (login === null) return;
    const page = this.#propose(login, RELOAD_MS);
    const late = readLate(login);
    await (late ? Promise.race([page.tried, after(COPY_MS)]) : page.tried);
    // Unless the person did not wait for it.
    if (this.#next !== page || this.#store.state.phase.kind !== 'outside') return;
    if (page.isHeld) {
      this.#letGo();
      inStorage(() => sessionStorage.removeItem(insideItem()));
      dropLate();
      return;
    }
    page.isUsed = page.found !== undefined;
    if (!page.isUsed) page.startedFrom = late;
    const saved = page.isUsed ? withLate(page.found ?? null, late) : late && withRoom(late);
    if (!saved) return;
    this.#store.dispatch({ type: 'restored', login, saved });
    connect(login, token);
  }

  /** Finds what an earlier visit under this name has left; settled when that is known, or is another tab's. */
  open(login: string): Promise<void> {
    return this.#propose(login, HELD_MS).tried;
  }

  /** The name was accepted. Before the page hears of it, what was found comes back. */
  accepted(login: string): void {
    const { state, dispatch } = this.#store;
    const page = this.#next;
    if (page?.login !== login || page.found === undefined) return;
    page.isUsed = true;
    const saved = withLate(page.found, readLate(login));
    if (!saved) return;
    if (isEmpty(state)) dispatch({ type: 'restored', login, saved });
    else dispatch({ type: 'changed', by: (now) => withEarlier(now, saved) });
  }

  #propose(login: string, patience: number): OwnPage {
    if (this.#page?.login === login) return this.#page;
    if (this.#next?.login === login && !this.#next.isHeld) return this.#next;
    this.#letGo();
    return (this.#next = new OwnPage(login, patience, (page) => this.#found(page)));
  }

  #letGo(): void {
    this.#next?.close();
    this.#next = null;
  }

  /** The database has said what it has. When the page has gone on meanwhile, that is put in front. */
  #found(page: OwnPage): void {
    const { found, startedFrom } = page;
    if (page !== this.#page || page.isUsed || !found) return this.#changed();
    page.isUsed = true;
    // What the page began with is newer than what the database has of the same.
    const newer = new Set(startedFrom?.apart ? [] : startedFrom?.conversations.map(({ key }) => key));
    const conversations = found.conversations.filter(({ key }) => !newer.has(key));
    this.#store.dispatch({ type: 'changed', by: (state) => withEarlier(state, { ...found, conversations }) });
  }

  #changed(): void {
    // What happens while the page is left is looked at when it is back.
    if (this.#isAway) return;
    const { state } = this.#store;
    const { phase } = state;
    // A name that was refused is not this tab's to keep.
    if (phase.kind === 'outside' && this.#phase === 'joining') this.#letGo();
    this.#phase = phase.kind;
    this.#setInside(phase.kind === 'inside' ? phase.login : phase.kind === 'outside' ? null : this.#inside);
    if (phase.kind === 'inside' && phase.login !== this.#page?.login) this.#take(phase.login);
    // Nothing is left after leaving; when the name is gone, everything is still there.
    else if (phase.kind === 'outside' && this.#page && isEmpty(state)) this.#forget();
    if (!this.#page || this.#isSaving || this.#isSaved(state)) return;
    // At once, unless it was just done.
    const wait = Math.max(0, this.#savedAt + TOGETHER_MS - Date.now());
    this.#timer ??= setTimeout(() => void this.#save(), Math.min(wait, TOGETHER_MS));
  }

  #setInside(login: string | null): void {
    if (login === this.#inside) return;
    this.#inside = login;
    inStorage(() =>
      login === null ? sessionStorage.removeItem(insideItem()) : sessionStorage.setItem(insideItem(), login),
    );
  }

  /** What was kept for another name moves to this one. */
  #take(login: string): void {
    const page = this.#propose(login, HELD_MS);
    if (this.#page) this.#older.push(this.#page);
    this.#page = page;
    this.#next = null;
    this.#startOver();
  }

  #forget(): void {
    for (const page of [...this.#older, this.#page]) void page?.forget();
    this.#older = [];
    this.#page = null;
    this.#startOver();
    dropLate();
  }

  #startOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#saved = [];
    this.#savedState = null;
    this.#failures = 0;
  }

  #isSaved({ conversations, active, server }: State): boolean {
    const saved = this.#savedState;
    return saved?.conversations === conversations && saved.active === active && saved.server === server;
  }

  async #save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#savedAt = Date.now();
    const page = this.#page;
    if (!page || this.#isSaving || this.#isAway) return;
    // The storage is given the time it may take.
    if (page.found === undefined && !page.hasFailed && !page.isHeld) {
      this.#again(AGAIN_MS[0]);
      return;
    }
    let taken = this.#store.state;
    this.#isSaving = true;
    const isDone = await page.save(() => this.#unsaved((taken = this.#store.state)));
    this.#isSaving = false;
    if (page === this.#page) this.#outcome(isDone, taken);
    this.#changed();
  }

  #outcome(isDone: boolean, taken: State): void {
    if (this.#isAway) return;
    if (!isDone) return this.#failed();
    this.#saved = taken.conversations;
    this.#savedState = taken;
    dropLate();
    for (const page of this.#older.splice(0)) void page.forget();
    if (this.#failures >= TOLD_AFTER) this.#tell(false);
    this.#failures = 0;
  }

  #failed(): void {
    this.#writeLate();
    if (++this.#failures === TOLD_AFTER) this.#tell(true);
    this.#again(AGAIN_MS[this.#failures - 1] ?? AGAIN_MS[2]);
  }

  #again(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#save(), ms);
  }

  /** The person is told that what is said here cannot be saved, or that it can be again. */
  #tell(unsaved: boolean): void {
    this.#store.dispatch({ type: 'changed', by: (state) => ({ ...state, unsaved }) });
  }

  #writeLate(): void {
    const page = this.#page;
    if (!page) return;
    const apart = page.found === undefined && !(page.startedFrom && !page.startedFrom.apart);
    writeLate({ ...page.signed(this.#unsaved(this.#store.state)), login: page.login, apart });
  }

  /** The page is about to go, and the database would answer too late, or never: only the tab's own storage is at once. */
  #leavePage(): void {
    this.#isAway = true;
    this.#leaves++;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#page && !this.#isSaved(this.#store.state)) this.#writeLate();
    leaveDatabase(true);
    for (const page of [this.#page, this.#next, ...this.#older]) page?.suspend();
  }

  /** Back as if it had never been away; what was copied for a reload has served. Another tab may have gone on with it. */
  async #comeBackByHistory(): Promise<void> {
    const leaves = this.#leaves;
    leaveDatabase(false);
    dropLate();
    const pages = [this.#page, ...this.#older].filter((page) => page !== null);
    const areOwn = await Promise.all(pages.map((page) => page.resume()));
    if (leaves !== this.#leaves) return;
    if (areOwn.includes(false)) {
      // What this page knows is out of date: nothing of it is to be kept.
      this.#page = null;
      location.reload();
      return;
    }
    this.#isAway = false;
    this.#changed();
  }

  #unsaved(state: State): Saved {
    const changed = state.conversations.filter((conversation) => !this.#saved.includes(conversation));
    return { page: pageOf(state, Date.now()), conversations: changed.map(savedFormOf) };
  }
}

/** A copy has only what changed, and there is no page without a room. */
function withRoom(late: Late): Saved {
  const { conversations } = late;
  if (conversations[0]?.kind === 'room') return late;
  return { ...late, conversations: [{ kind: 'room', key: 'room', ...EMPTY }, ...conversations] };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
