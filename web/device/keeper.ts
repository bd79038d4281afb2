/** Keeps the page on this device, so that a reload loses nothing; forgets it when the person leaves. */
import { pageOf, savedFormOf, withLate, type Saved } from '../store/persist.ts';
import type { Event } from '../store/reduce.ts';
import type { Conversation, State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { forget, load, save } from './saved.ts';

/** What changes within this time is saved together, in ms. */
const TOGETHER_MS = 200;
/** In this tab's own storage: who is in. Two tabs are two people. */
const INSIDE = 'chaton.inside';
/** In this tab's own storage: what changed so late that there was no time to save it otherwise. */
const LATE = 'chaton.late';
/** In this tab's own storage while nobody looks: the token of its connection. A copy of a tab is made by a look. */
const TOKEN = 'chaton.token';

/** Whose page this tab showed before it was loaded again, with which connection, and what was saved of it. */
export async function loadInside(): Promise<{ login: string; token: string | null; saved: Saved } | null> {
  const token = inTab(() => sessionStorage.getItem(TOKEN)) ?? null;
  inTab(() => sessionStorage.removeItem(TOKEN));
  const login = inTab(() => sessionStorage.getItem(INSIDE)) ?? null;
  if (login === null) return null;
  const late = inTab(() => JSON.parse(sessionStorage.getItem(LATE) ?? 'null') as Saved | null) ?? null;
  inTab(() => sessionStorage.removeItem(LATE));
  const saved = withLate(await load(login), late);
  return saved && { login, token, saved };
}

/** Storage can be forbidden, or full. */
function inTab<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

export class Keeper {
  readonly #store: Store<State, Event>;
  /** Whose page is kept. */
  #login: string | null = null;
  #saved: readonly Conversation[] = [];
  #savedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param token of the present connection */
  constructor(store: Store<State, Event>, token: () => string | null) {
    this.#store = store;
    const keepToken = ({ type }: { type: string }) =>
      inTab(() => {
        const kept = type === 'pagehide' || document.hidden ? token() : null;
        if (kept === null) sessionStorage.removeItem(TOKEN);
        else sessionStorage.setItem(TOKEN, kept);
      });
    addEventListener('pagehide', keepToken);
    document.addEventListener('visibilitychange', keepToken);
    store.subscribe(() => this.#changed());
    this.#changed();
    addEventListener('pagehide', () => this.#saveLate());
  }

  #changed(): void {
    const { phase, nextId } = this.#store.state;
    if (phase.kind === 'inside') {
      if (phase.login !== this.#login) this.#keep(phase.login);
      // At once, unless it was just done.
      const wait = Math.max(0, this.#savedAt + TOGETHER_MS - Date.now());
      this.#timer ??= setTimeout(() => this.#save(), Math.min(wait, TOGETHER_MS));
    } else if (phase.kind === 'outside' && this.#login !== null) {
      inTab(() => sessionStorage.removeItem(INSIDE));
      inTab(() => sessionStorage.removeItem(LATE));
      // Nothing is left after leaving; when the name is gone, everything is still there.
      if (nextId === 1) this.#keep(null);
    }
  }

  /** What was kept for another name has moved to this one, or has to go. */
  #keep(login: string | null): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#login !== null) void forget(this.#login);
    this.#login = login;
    this.#saved = [];
    if (login !== null) inTab(() => sessionStorage.setItem(INSIDE, login));
  }

  #save(): void {
    this.#timer = undefined;
    this.#savedAt = Date.now();
    const { state } = this.#store;
    if (state.phase.kind !== 'inside') return;
    const { page, conversations } = this.#unsaved(state);
    void save(state.phase.login, page, conversations).then(() => (this.#saved = state.conversations));
  }

  /** The page is about to go, and the database would answer too late: only the tab's own storage is at once. */
  #saveLate(): void {
    const { state } = this.#store;
    if (state.phase.kind !== 'inside') return;
    inTab(() => sessionStorage.setItem(LATE, JSON.stringify(this.#unsaved(state))));
    this.#save();
  }

  #unsaved(state: State): Saved {
    const changed = state.conversations.filter((conversation) => !this.#saved.includes(conversation));
    return { page: pageOf(state, Date.now()), conversations: changed.map(savedFormOf) };
  }
}
