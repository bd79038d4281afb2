/**
 * The database of the pages that are saved on this device: one IndexedDB store, by login. Storage can be forbidden, full, taken away at any time,
 * or answer never: whatever is asked of it ends within some seconds, well or with an error.
 */
import { loginKey } from '../../shared/protocol/login.ts';
import type { Saved, SavedConversation, SavedPage } from '../state/saved-form.ts';
import { deviceItem, inStorage, scope } from './scope.ts';

const STORE = 'saved';
/** Timeout of opening the storage, in ms. */
const OPENING_MS = 2_000;
/** Timeout of a transaction, in ms. WebKit has been seen to let one wait for another tab for ever. */
const TRANSACTION_MS = 4_000;

/** Key of a part of a login's page, however the login is spelled (D8); it cannot hold a control character (D7), so no two mix. */
const keyOf = (login: string, key = ''): string => `${loginKey(login)}\n${key}`;
const all = (login: string): IDBKeyRange => IDBKeyRange.bound(keyOf(login), keyOf(login, '\uffff'));

let opening: Promise<IDBDatabase> | undefined;
let isSuspended = false;
const underWay = new Set<IDBTransaction>();
const losses = new Set<() => void>();

/** Calls back whenever the database may have gone, and with it what was saved in it. */
export function onLoss(lost: () => void): void {
  losses.add(lost);
}

/**
 * Closes the database when the page is left (true), until it is back (false). Kept for a return by the back button,
 * with a transaction open, a page would make every other wait for it.
 */
export function suspendDatabase(away: boolean): void {
  isSuspended = away;
  if (away) closeDatabase();
}

/** Ends whatever is under way and closes the database; it is opened again when something is asked of it. */
function closeDatabase(): void {
  const closing = opening;
  opening = undefined;
  for (const transaction of underWay) inStorage(() => transaction.abort());
  // A database that opens too late is closed as well.
  void closing?.then(
    (database) => database.close(),
    () => {},
  );
  for (const lost of losses) lost();
}

function open(): Promise<IDBDatabase> {
  if (isSuspended) return Promise.reject(new Error('the page is being left'));
  const promise = (opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(scope(), 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    let isTooLate = false;
    setTimeout(() => {
      isTooLate = true;
      reject(new Error('no storage in time'));
    }, OPENING_MS);
    request.onsuccess = () => {
      const database = request.result;
      if (isTooLate) {
        database.close();
        return;
      }
      const lose = () => {
        if (opening === promise) closeDatabase();
      };
      database.onclose = database.onversionchange = lose;
      resolve(database);
    };
    request.onerror = () => reject(new Error('no storage', { cause: request.error }));
  }));
  return promise;
}

/** A transaction on the database; on a new one when the browser has closed it unannounced. */
async function begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
  try {
    return (await open()).transaction(STORE, mode);
  } catch {
    closeDatabase();
    return (await open()).transaction(STORE, mode);
  }
}

/** Does something in one transaction. Resolves when it is done; rejects, whatever goes wrong, when it was not. */
async function within<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let transaction: IDBTransaction | undefined;
  try {
    const begun = await begin(mode);
    transaction = begun;
    underWay.add(begun);
    return await new Promise((resolve, reject) => {
      begun.onabort = () => reject(new Error('not done', { cause: begun.error }));
      timer = setTimeout(() => reject(new Error('not done in time')), TRANSACTION_MS);
      const request = work(begun.objectStore(STORE));
      begun.oncomplete = () => resolve(request.result);
    });
  } catch (error) {
    closeDatabase();
    throw error;
  } finally {
    clearTimeout(timer);
    if (transaction) underWay.delete(transaction);
  }
}

/** Mark that a page is still to be forgotten: the tab may be closed at once after leaving. */
const goneItem = (login: string) => deviceItem(`gone.${loginKey(login)}`);

/** Loads what is saved of a login; null when there is nothing. Rejects when the storage does not say. */
export async function load(login: string): Promise<Saved | null> {
  if (goneItem(login).get() !== null && !(await forget(login))) throw new Error('not forgotten yet');
  // The parts come in the order of their keys: the page is first.
  const [page, ...parts] = (await within('readonly', (store) => store.getAll(all(login)))) as [
    SavedPage?,
    ...SavedConversation[],
  ];
  if (page?.version !== 1) return null;
  const byKey = new Map(parts.map((part) => [part.key, part]));
  return { page, conversations: page.keys.flatMap((key) => byKey.get(key) ?? []) };
}

/** Document that saved the page last (`SavedPage.by`); undefined when there is no page. Rejects like `load`. */
export async function lastWriter(login: string): Promise<string | undefined> {
  const page = await within(
    'readonly',
    (store) => store.get(keyOf(login)) as IDBRequest<SavedPage | undefined>,
  );
  return page?.by;
}

/**
 * Saves what has changed; returns whether it is saved.
 * @param take called when it can be put: a database that was opened anew may lack what an older one had
 */
export async function save(login: string, take: () => Saved): Promise<boolean> {
  try {
    await within('readwrite', (store) => {
      const { page, conversations } = take();
      for (const part of conversations) store.put(part, keyOf(login, part.key));
      dropOthers(store, login, page);
      return store.put(page, keyOf(login));
    });
    return true;
  } catch {
    return false;
  }
}

/** Removes the conversations that are not in the page any more: they were closed. */
function dropOthers(store: IDBObjectStore, login: string, { keys }: SavedPage): void {
  const known = new Set(['', ...keys].map((key) => keyOf(login, key)));
  const request = store.getAllKeys(all(login));
  request.onsuccess = () => {
    for (const key of request.result) if (typeof key === 'string' && !known.has(key)) store.delete(key);
  };
}

/** Forgets a login; returns whether that is done. If not, it is done before anything of it is loaded again. */
export async function forget(login: string): Promise<boolean> {
  goneItem(login).set('');
  try {
    await within('readwrite', (store) => store.delete(all(login)));
    goneItem(login).set(null);
    return true;
  } catch {
    return false;
  }
}
