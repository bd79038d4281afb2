/** Loads parts of the page on demand, and tells of those that cannot be had at present. */

/** Delay of the next try after a failure, in ms: it doubles up to the longest. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * Why parts cannot be had: the server is away, or is there and has no such part, being of another version since the page
 * was loaded.
 */
export type Missing = 'away' | 'replaced' | null;

/** Parts that cannot be had, each with the way to try again. */
const missing = new Map<unknown, () => void>();
let why: Missing = null;
let notify: (why: Missing) => void = () => undefined;

function say(next: Missing): void {
  notify((why = next));
}

/** Sets the one listener: called when something cannot be had, and with null when there is no such thing any more. */
export function onMissing(listener: (why: Missing) => void): void {
  notify = listener;
  notify(why);
}

/** Reports something that cannot be had: `again` tries anew. The same `what` is the same thing. */
export function reportMissing(what: unknown, again: () => void, error: unknown): void {
  missing.set(what, again);
  // The network gives a TypeError, and so does vite.config.ts for a proxy that says that the server is away.
  say(error instanceof TypeError ? (why ?? 'away') : 'replaced');
}

/** Reports that it is here, or that nobody wants it any more. */
export function reportLoaded(what: unknown): void {
  if (missing.delete(what) && !missing.size) say(null);
}

export function tryMissing(): void {
  for (const again of [...missing.values()]) again();
}

/** Takes back the report of what is missing: that is still tried, and reported again only when someone asks for it again. */
export function goWithout(): void {
  missing.clear();
  say(null);
}

/**
 * Loads something; asks again until it is there, while the server is away or has another version of it, and the page
 * says so once.
 * @param signal ends the tries, when nobody wants it any more; then this rejects
 */
export async function retryImport<T>(load: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let delay = 0; ; delay = Math.min(2 * delay, LONGEST_DELAY_MS)) {
    try {
      const loaded = await load();
      reportLoaded(load);
      return loaded;
    } catch (error) {
      const isFirst = delay === 0;
      delay ||= FIRST_DELAY_MS;
      await new Promise<void>((resolve) => {
        // After the first time, somebody may have chosen to go without it.
        if (isFirst || missing.has(load)) reportMissing(load, resolve, error);
        setTimeout(resolve, delay);
        signal?.addEventListener('abort', () => resolve());
      });
      if (!signal?.aborted) continue;
      reportLoaded(load);
      throw error;
    }
  }
}
