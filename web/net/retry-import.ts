/** Loading parts of the page on demand, and what cannot be had at present. */

/** How long after a failure to ask again, in ms: doubling up to the longest. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** What cannot be had, each with the way to try again. */
const missing = new Map<unknown, () => void>();
let notify: (isMissing: boolean) => void = () => undefined;

/** Calls whenever something cannot be had, and when there is nothing more of that kind; there is one to be told. */
export function onMissing(listener: (isMissing: boolean) => void): void {
  notify = listener;
  notify(missing.size > 0);
}

/** Something cannot be had: `again` tries anew. The same `what` is the same thing. */
export function reportMissing(what: unknown, again: () => void): void {
  missing.set(what, again);
  notify(true);
}

/** It is here, or nobody wants it any more. */
export function reportLoaded(what: unknown): void {
  if (missing.delete(what)) notify(missing.size > 0);
}

export function tryMissing(): void {
  for (const again of [...missing.values()]) again();
}

/** The person goes on without, and has been told: what is still tried is tried unsaid until it fails again. */
export function goWithout(): void {
  missing.clear();
  notify(false);
}

/**
 * Loads something; asks again until it is there, while the server is away or has another version of it, and the page
 * says so meanwhile.
 * @param signal ends the asking: nobody wants it any more; then this rejects
 */
export async function retryImport<T>(load: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, LONGEST_DELAY_MS)) {
    try {
      const loaded = await load();
      reportLoaded(load);
      return loaded;
    } catch (error) {
      await new Promise<void>((resolve) => {
        reportMissing(load, resolve);
        setTimeout(resolve, delay);
        signal?.addEventListener('abort', () => resolve());
      });
      if (!signal?.aborted) continue;
      reportLoaded(load);
      throw error;
    }
  }
}
