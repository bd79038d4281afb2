/** Loads parts of the page on demand, and tells of those that cannot be had at present. */

/** Delay of the next try after a failure, in ms: it doubles up to the longest. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** Parts that cannot be had, each with the way to try again. */
const missing = new Map<unknown, () => void>();
let notify: (isMissing: boolean) => void = () => undefined;

/** Sets the one listener: called when something cannot be had, and when there is no such thing any more. */
export function onMissing(listener: (isMissing: boolean) => void): void {
  notify = listener;
  notify(missing.size > 0);
}

/** Reports something that cannot be had: `again` tries anew. The same `what` is the same thing. */
export function reportMissing(what: unknown, again: () => void): void {
  missing.set(what, again);
  notify(true);
}

/** Reports that it is here, or that nobody wants it any more. */
export function reportLoaded(what: unknown): void {
  if (missing.delete(what)) notify(missing.size > 0);
}

export function tryMissing(): void {
  for (const again of [...missing.values()]) again();
}

/** Goes on without what is missing: it is still tried, and not reported until it fails again. */
export function goWithout(): void {
  missing.clear();
  notify(false);
}

/**
 * Loads something; asks again until it is there, while the server is away or has another version of it, and the page
 * says so meanwhile.
 * @param signal ends the tries, when nobody wants it any more; then this rejects
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
