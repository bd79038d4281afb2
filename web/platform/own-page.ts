/** Saved page of one login, while it is this tab's. */
import { loginKey } from '../../shared/protocol/login.ts';
import type { PendingSave, Saved } from '../state/saved-form.ts';
import { takeTabLock, type Release } from './tab-lock.ts';
import { forget, lastWriter, load, save } from './database.ts';
import { scope } from './scope.ts';

/** Delay after a failure before the storage is asked again, in ms. */
const AGAIN_MS = 5_000;
/** Timeout of the lock of a page that comes back, in ms: the document before it may still have it. */
export const RELOAD_MS = 1_000;

/** Names this document in what it saves. */
const DOCUMENT = crypto.getRandomValues(new Uint32Array(2)).join('-');

export class OwnPage {
  readonly login: string;
  /** Content of the database, null when it had none; undefined until that is known, and nothing is saved before. */
  found: Saved | null | undefined;
  /** Resolves when it is known whether this tab has it, and not another. */
  readonly lockTried: Promise<void>;
  /** Resolves when it is known what was saved, or that another tab has it. */
  readonly tried: Promise<void>;
  isHeld = false;
  /** True once the storage has failed to say what it has. */
  hasFailed = false;
  /** True once what was found, if anything, is in the page. */
  isUsed = false;
  /** Pending save that the page began with, before the database had answered. */
  startedFrom: PendingSave | null = null;
  /** Count of the last save or pending save, as far as is known. */
  count = 0;
  #hasSaved = false;
  #release: Release | null = null;
  #isLetGo = false;

  /**
   * @param timeout time, in ms, that another page may take to let go of it before it counts as held
   * @param onFound called when `found` is known
   */
  constructor(login: string, timeout: number, onFound: (page: OwnPage) => void) {
    this.login = login;
    this.lockTried = takeTabLock(lockOf(login), timeout).then((release) => {
      this.#release = release;
      this.isHeld = release === null;
    });
    const opened = this.lockTried.then(() => this.#open());
    this.tried = this.lockTried.then(() => (this.isHeld ? undefined : opened));
    void opened.then(() => onFound(this));
  }

  /** Saves what is taken, signed; returns whether it is saved. */
  async save(take: () => Saved): Promise<boolean> {
    if (this.found === undefined) return false;
    const saved = await save(this.login, () => this.signed(take()));
    this.#hasSaved ||= saved;
    return saved;
  }

  /** Adds to what is to be saved its count, and the document that saves it. */
  signed<T extends Saved>(saved: T): T {
    this.count = 1 + Math.max(this.count, this.found?.page.count ?? 0);
    return { ...saved, page: { ...saved.page, count: this.count, by: DOCUMENT } };
  }

  /** Forgets what was saved, unless it is another tab's, and lets go. */
  async forget(): Promise<void> {
    if (this.#release) await forget(this.login);
    this.letGo();
  }

  /** Lets go of it: another tab may have it. */
  letGo(): void {
    this.#isLetGo = true;
    this.suspend();
  }

  /** Lets go of it while the page is left, and may be back. */
  suspend(): void {
    this.#release?.();
    this.#release = null;
  }

  /** Takes the lock again when the page is back. False when what is saved is another page's now. */
  async takeLockAgain(): Promise<boolean> {
    if (this.isHeld) return true;
    this.#release = await takeTabLock(lockOf(this.login), RELOAD_MS);
    if (!this.#release) return false;
    if (!this.#hasSaved) return true;
    return lastWriter(this.login).then(
      (writer) => writer === DOCUMENT,
      () => true,
    );
  }

  async #open(): Promise<void> {
    if (this.isHeld) {
      this.#release = await takeTabLock(lockOf(this.login));
      this.isHeld = false;
    }
    while (!this.#isLetGo && this.found === undefined) await this.#load();
    if (this.#isLetGo) this.suspend();
  }

  async #load(): Promise<void> {
    try {
      this.found = await load(this.login);
    } catch {
      this.hasFailed = true;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

const lockOf = (login: string): string => `${scope()}\n${loginKey(login)}`;
