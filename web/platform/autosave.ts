/** Saves one person's page as it changes, as long as the person is in. */
import type { Drafts } from '../state/drafts.ts';
import { pageOf, savedFormOf, type PendingSave, type Saved } from '../state/saved-form.ts';
import type { Event } from '../state/reduce.ts';
import type { ConversationKey, State } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { dropPendingSave, writePendingSave } from './pending-save.ts';
import type { OwnPage } from './own-page.ts';
import { suspendDatabase, onLoss } from './database.ts';

/** Interval within which changes are saved together, in ms. */
const TOGETHER_MS = 200;
/** Delay of the next try after one failure, two, and more, in ms. */
const AGAIN_MS = [500, 2_000, 5_000] as const;
/** Failures in a row after which the person is told. */
const TOLD_AFTER = 2;

/** Content that is to be saved, as of one moment. */
interface Content {
  readonly state: State;
  readonly drafts: ReadonlyMap<ConversationKey, string>;
}

export class Autosave {
  readonly #store: Store<State, Event>;
  readonly #drafts: Drafts;
  #page: OwnPage | null = null;
  /** Saved pages under names before this one: forgotten once the page is saved under this one. */
  #older: OwnPage[] = [];
  /** Content that was saved last; null when the database may not have it. */
  #saved: Content | null = null;
  #savedAt = 0;
  #failures = 0;
  #isSaving = false;
  #isSuspended = false;
  /** Number of times the page was left. */
  #suspensions = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store<State, Event>, drafts: Drafts) {
    this.#store = store;
    this.#drafts = drafts;
    onLoss(() => {
      this.#saved = null;
    });
  }

  /** Saved page of whoever is in. */
  get page(): OwnPage | null {
    return this.#page;
  }

  /** True while the page is left, and kept for a return by the back button at most. */
  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** Takes the page to save from now on; what was kept for another name moves. */
  take(page: OwnPage): void {
    if (this.#page) this.#older.push(this.#page);
    this.#page = page;
    this.#startOver();
  }

  /** Forgets all that was saved, and saves no more. */
  forget(): void {
    for (const page of [...this.#older, this.#page]) void page?.forget();
    this.#older = [];
    this.#page = null;
    this.#startOver();
    dropPendingSave();
  }

  /** Saves all, and then lets go of it; a pending save stays where the database has failed. */
  async keep(): Promise<void> {
    this.#stopTimer();
    const page = this.#page;
    if (!page) return;
    const content = this.#content;
    this.#saved = null;
    const isDone = await page.save(() => this.#unsaved(content));
    if (isDone) dropPendingSave();
    else this.#writePendingSave();
    page.letGo();
    this.#page = null;
    this.#startOver();
  }

  /** Lets go of everything: another tab has it from now on. Returns what the database may not have of it. */
  give(): PendingSave | null {
    const pending = this.#isSaved() ? null : this.#pendingSave();
    for (const older of this.#older) void older.forget();
    this.#older = [];
    this.#page?.letGo();
    this.#page = null;
    this.#startOver();
    dropPendingSave();
    return pending;
  }

  /** Saves the state and the drafts when they have changed: at once, unless that was just done. */
  changed(): void {
    if (!this.#page || this.#isSaving || this.#isSuspended || this.#isSaved()) return;
    const wait = Math.max(0, this.#savedAt + TOGETHER_MS - Date.now());
    this.#again(Math.min(wait, TOGETHER_MS));
  }

  /** Saves what waits now: nobody looks any more, and phones end such pages unannounced. */
  hurry(): void {
    if (this.#timer !== undefined && this.#failures === 0) void this.#save();
  }

  /** Leaves what is not saved in the pending save, in the tab's own storage: the database would answer too late, or never. */
  leavePending(): void {
    if (this.#page && !this.#isSaved()) this.#writePendingSave();
  }

  /** Suspends saving: the page is left. `leavePending` comes before. */
  suspend(): void {
    this.#isSuspended = true;
    this.#suspensions++;
    this.#stopTimer();
    suspendDatabase(true);
    for (const page of [this.#page, ...this.#older]) page?.suspend();
  }

  /** Saves on: the page is back, and needs the pending save no more. Another tab may own what is saved by now. */
  async continueSaving(): Promise<void> {
    const suspensions = this.#suspensions;
    suspendDatabase(false);
    dropPendingSave();
    const pages = [this.#page, ...this.#older].filter((page) => page !== null);
    const areOwn = await Promise.all(pages.map((page) => page.takeLockAgain()));
    if (suspensions !== this.#suspensions) return;
    if (areOwn.includes(false)) {
      // This page is out of date: nothing of it is to be kept.
      this.#page = null;
      location.reload();
    } else this.#isSuspended = false;
  }

  #startOver(): void {
    this.#stopTimer();
    this.#saved = null;
    this.#failures = 0;
  }

  get #content(): Content {
    const { state } = this.#store;
    const drafts = new Map(state.conversations.map(({ key }) => [key, this.#drafts.of(key)]));
    return { state, drafts };
  }

  #isSaved(): boolean {
    const saved = this.#saved;
    if (!saved) return false;
    const { conversations, active } = this.#store.state;
    const { state, drafts } = saved;
    if (conversations !== state.conversations || active !== state.active) return false;
    return conversations.every(({ key }) => drafts.get(key) === this.#drafts.of(key));
  }

  async #save(): Promise<void> {
    this.#stopTimer();
    this.#savedAt = Date.now();
    const page = this.#page;
    if (!page || this.#isSaving || this.#isSuspended) return;
    // The storage is given the time it may take.
    if (page.found === undefined && !page.hasFailed && !page.isHeld) {
      this.#again(AGAIN_MS[0]);
      return;
    }
    let taken = this.#content;
    this.#isSaving = true;
    const isDone = await page.save(() => {
      // The person has left, or is another, by now.
      if (page !== this.#page) throw new Error('not to be saved any more');
      return this.#unsaved((taken = this.#content));
    });
    this.#isSaving = false;
    if (page === this.#page) this.#outcome(isDone, taken);
    this.changed();
  }

  #outcome(isDone: boolean, taken: Content): void {
    if (this.#isSuspended) return;
    if (!isDone) return this.#failed();
    this.#saved = taken;
    dropPendingSave();
    for (const page of this.#older.splice(0)) void page.forget();
    if (this.#failures >= TOLD_AFTER) this.#setUnsaved(false);
    this.#failures = 0;
  }

  #failed(): void {
    this.#writePendingSave();
    if (++this.#failures === TOLD_AFTER) this.#setUnsaved(true);
    this.#again(AGAIN_MS[this.#failures - 1] ?? AGAIN_MS[2]);
  }

  #again(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#save(), ms);
  }

  /** Tells the person that what is said here cannot be saved, or that it can be again. */
  #setUnsaved(unsaved: boolean): void {
    this.#store.dispatch({ type: 'changed', to: { ...this.#store.state, unsaved } });
  }

  #writePendingSave(): void {
    const pending = this.#pendingSave();
    if (pending) writePendingSave(pending);
  }

  #pendingSave(): PendingSave | null {
    const page = this.#page;
    if (!page) return null;
    const apart = page.found === undefined && !(page.startedFrom && !page.startedFrom.apart);
    return { ...page.signed(this.#unsaved(this.#content)), login: page.login, apart };
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #unsaved({ state, drafts }: Content): Saved {
    const saved = this.#saved;
    const changed = state.conversations.filter(
      (conversation) =>
        !saved?.state.conversations.includes(conversation) ||
        saved.drafts.get(conversation.key) !== drafts.get(conversation.key),
    );
    return {
      page: pageOf(state, Date.now()),
      conversations: changed.map((one) => savedFormOf(one, drafts.get(one.key) ?? '')),
    };
  }
}
