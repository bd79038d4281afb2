/** Reads what a page has saved in its browser, and makes saving fail. */
import type { Page } from 'playwright';

/** Texts in the browser's database, drafts included. */
export const savedTexts = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const known = await indexedDB.databases();
    if (!known.some((one) => one.name === 'chaton')) return [];
    return new Promise<string[]>((resolve, reject) => {
      const opening = indexedDB.open('chaton');
      opening.onerror = () => reject(new Error('no database'));
      opening.onsuccess = () => {
        const reading = opening.result.transaction('saved').objectStore('saved').getAll();
        reading.onsuccess = () => {
          opening.result.close();
          const parts = reading.result as { draft?: string; entries?: { text?: string }[] }[];
          resolve(
            parts.flatMap(({ entries, draft }) => [
              ...(entries?.map(({ text }) => text ?? '') ?? []),
              ...(draft ? [draft] : []),
            ]),
          );
        };
      };
    });
  });

/** Faults of the database, which the page's own browser simulates. */
export type Fault = 'full' | 'closed' | 'aborted' | 'endless' | 'forbidden';

/** Makes the database of this page fail from now on, and after a reload; null mends it. */
export async function failDatabase(page: Page, fault: Fault | null): Promise<void> {
  await page.evaluate((now) => {
    if (now === null) localStorage.removeItem('test.fault');
    else localStorage.setItem('test.fault', now);
  }, fault);
}

/** Has to come before the page: what {@link failDatabase} says is done. */
export const withFaults = (page: Page) => page.addInitScript(faultyDatabase);

function faultyDatabase(): void {
  const fault = () => localStorage.getItem('test.fault');
  // oxlint-disable-next-line typescript/unbound-method -- called with the right `this` below
  const { open } = IDBFactory.prototype;
  // oxlint-disable-next-line typescript/unbound-method -- as above
  const { transaction } = IDBDatabase.prototype;
  // oxlint-disable-next-line typescript/unbound-method -- as above
  const { put } = IDBObjectStore.prototype;
  // The page's timeouts for a failing storage are shortened to a tenth: in most of that time nothing happens.
  const later = setTimeout;
  const sooner = (run: TimerHandler, ms = 0, ...args: unknown[]) =>
    later(run, fault() !== null && ms >= 2_000 ? ms / 10 : ms, ...args);
  Object.assign(globalThis, { setTimeout: sooner });
  IDBFactory.prototype.open = function (...args) {
    if (fault() === 'forbidden') throw new DOMException('forbidden', 'SecurityError');
    return open.apply(this, args);
  };
  IDBDatabase.prototype.transaction = function (...args) {
    // The database closes without an event, as in a browser that loses its storage.
    if (fault() === 'closed') this.close();
    const begun = transaction.apply(this, args);
    if (fault() === 'aborted') queueMicrotask(() => begun.abort());
    if (fault() === 'endless') {
      // The transaction never ends, as one that another tab blocks.
      for (const type of ['complete', 'abort', 'error'])
        begun.addEventListener(type, (event) => event.stopImmediatePropagation());
    }
    return begun;
  };
  IDBObjectStore.prototype.put = function (...args) {
    if (fault() === 'full') throw new DOMException('full', 'QuotaExceededError');
    return put.apply(this, args);
  };
}
