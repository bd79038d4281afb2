/** What is saved of one login, while it is this tab's. */
import type { PendingSave, Saved } from '../state/saved-page.ts';
import { claim, type Release } from './claim.ts';
import { forget, lastWriter, load, save } from './saved.ts';
import { scope } from './scope.ts';

/** After a failure the storage is asked again so much later, in ms. */
const AGAIN_MS = 5_000;
/** How long a page that comes back waits for its own claim to be let go by what was there before, in ms. */
export const RELOAD_MS = 1_000;

/** Names this document in what it saves. */
const DOCUMENT = crypto.getRandomValues(new Uint32Array(2)).join('-');

export class OwnPage {
  readonly login: string;
  /** What the database had; undefined until it has said so, and nothing is saved before. */
  found: Saved | null | undefined;
  /** Settled when it is known whether this tab has it, and not another. */
  readonly claimed: Promise<void>;
  /** Settled when it is known what was saved, or that another tab has it. */
  readonly tried: Promise<void>;
  isHeld = false;
  /** The storage has failed to say what it has. */
  hasFailed = false;
  /** What was found, if anything, is in the page. */
  isUsed = false;
  /** A copy that came back with the page, which was begun before the database had said anything. */
  startedFrom: PendingSave | null = null;
  /** How often it was saved, as far as is known. */
  count = 0;
  #hasSaved = false;
  #release: Release | null = null;
  #isClosed = false;

  /**
   * @param timeout how long another page may take to let go of it, in ms, before that counts as held
   * @param onFound called when `found` is known
   */
  constructor(login: string, timeout: number, onFound: (page: OwnPage) => void) {
    this.login = login;
    this.claimed = claim(lockOf(login), timeout).then((release) => {
      this.#release = release;
      this.isHeld = release === null;
    });
    const opened = this.claimed.then(() => this.#open());
    this.tried = this.claimed.then(() => (this.isHeld ? undefined : opened));
    void opened.then(() => onFound(this));
  }

  /** Saves what is taken, named and counted; answers whether it is saved. */
  async save(take: () => Saved): Promise<boolean> {
    if (this.found === undefined) return false;
    const saved = await save(this.login, () => this.signed(take()));
    this.#hasSaved ||= saved;
    return saved;
  }

  /** What is to be saved with its count and who saves it. */
  signed<T extends Saved>(saved: T): T {
    this.count = 1 + Math.max(this.count, this.found?.page.count ?? 0);
    return { ...saved, page: { ...saved.page, count: this.count, by: DOCUMENT } };
  }

  /** Forgets what was saved, unless it is another tab's, and lets go. */
  async forget(): Promise<void> {
    if (this.#release) await forget(this.login);
    this.close();
  }

  /** Lets go of it: another tab may have it. */
  close(): void {
    this.#isClosed = true;
    this.suspend();
  }

  /** The page is left, and may be back. */
  suspend(): void {
    this.#release?.();
    this.#release = null;
  }

  /** The page is back. False when what is saved is another page's now. */
  async resume(): Promise<boolean> {
    if (this.isHeld) return true;
    this.#release = await claim(lockOf(this.login), RELOAD_MS);
    if (!this.#release) return false;
    if (!this.#hasSaved) return true;
    return lastWriter(this.login).then(
      (writer) => writer === DOCUMENT,
      () => true,
    );
  }

  async #open(): Promise<void> {
    if (this.isHeld) {
      this.#release = await claim(lockOf(this.login));
      this.isHeld = false;
    }
    while (!this.#isClosed && this.found === undefined) await this.#load();
    if (this.#isClosed) this.suspend();
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

const lockOf = (login: string): string => `${scope()}\n${login}`;
