/** The pages saved on this device: one IndexedDB store, by login. Storage can be forbidden; then nothing is saved. */
import type { Saved, SavedPage } from '../store/persist.ts';
import type { Conversation } from '../store/state.ts';

const STORE = 'saved';
/** How long the storage may take to open, in ms. */
const OPENING_MS = 2_000;

/** What belongs to a login; one cannot hold a control character (D7), so no two mix. */
const keyOf = (login: string, key = ''): string => `${login}\n${key}`;
const all = (login: string): IDBKeyRange => IDBKeyRange.bound(keyOf(login), keyOf(login, '\uffff'));

let opening: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  return (opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('chaton', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    // Some browsers have been seen to answer never.
    setTimeout(() => reject(new Error('no storage in time')), OPENING_MS);
    request.onerror = () => reject(new Error('no storage', { cause: request.error }));
  }));
}

/** Does something in one transaction; resolves when it is done. */
async function within<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const transaction = (await open()).transaction(STORE, mode);
  const request = work(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(new Error('not saved', { cause: transaction.error }));
  });
}

/** Set while a page is to be forgotten and is not yet: the tab may be closed at once after leaving. */
const goneItem = (login: string): string => `chaton.gone.${login}`;

export async function load(login: string): Promise<Saved | null> {
  try {
    if (localStorage.getItem(goneItem(login)) !== null) await forget(login);
    // In the order of the keys: the page is first.
    const [page, ...parts] = (await within('readonly', (store) => store.getAll(all(login)))) as [
      SavedPage?,
      ...Conversation[],
    ];
    if (page?.version !== 1) return null;
    const byKey = new Map(parts.map((part) => [part.key, part]));
    return { page, conversations: page.keys.flatMap((key) => byKey.get(key) ?? []) };
  } catch {
    return null;
  }
}

export async function save(login: string, page: SavedPage, parts: readonly Conversation[]): Promise<void> {
  try {
    await within('readwrite', (store) => {
      for (const part of parts) store.put(part, keyOf(login, part.key));
      return store.put(page, keyOf(login));
    });
  } catch {
    // Full or forbidden: the page goes on without.
  }
}

export async function forget(login: string): Promise<void> {
  try {
    localStorage.setItem(goneItem(login), '');
    await within('readwrite', (store) => store.delete(all(login)));
    localStorage.removeItem(goneItem(login));
  } catch {
    // There was nothing, then.
  }
}
