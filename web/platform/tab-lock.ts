/** The lock of one tab: what is saved belongs to one tab of a browser at a time. A tab that was duplicated finds it taken. */
import { openChannel } from './channel.ts';

/** Releases the lock. */
export type Release = () => void;

/** Timeout of the other tabs' answer where there are no locks, in ms. */
const ANSWER_MS = 300;
/** Interval of tries where there are no locks, in ms. */
const AGAIN_MS = 5_000;

/**
 * Takes the lock of a name for this page, until it is released or the page is gone. Null when another page still has it after
 * `timeout`, in ms; without one it is waited for.
 */
export function takeTabLock(name: string, timeout?: number): Promise<Release | null> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (!locks) return takeByChannel(name, timeout);
  const options = timeout === undefined ? {} : { signal: AbortSignal.timeout(timeout) };
  return new Promise((resolve) => {
    locks
      .request(name, options, () => new Promise<void>((release) => resolve(release)))
      // Where locks are forbidden, so is storage: there is nothing to share.
      .catch((error: unknown) => resolve(isTimeout(error) ? null : () => {}));
  });
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

/** Takes it by asking the other tabs: over plain HTTP there are no locks. A tab that is frozen does not answer. */
async function takeByChannel(name: string, timeout = Infinity): Promise<Release | null> {
  const end = performance.now() + timeout;
  for (;;) {
    const channel = openChannel(name);
    if (!channel) return () => {};
    const release = await askOthers(channel);
    if (release || performance.now() + AGAIN_MS > end) return release;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function askOthers(channel: BroadcastChannel): Promise<Release | null> {
  const own = crypto.getRandomValues(new Uint32Array(4)).join();
  let isOwner = false;
  return new Promise((resolve) => {
    const yieldIt = () => {
      if (isOwner) return;
      channel.close();
      resolve(null);
    };
    channel.onmessage = ({ data }: MessageEvent<{ readonly ask?: string; readonly held?: string }>) => {
      if (data.held === own) yieldIt();
      // Of two that ask at once, one has to give way.
      else if (data.ask !== undefined && (isOwner || own < data.ask)) channel.postMessage({ held: data.ask });
    };
    channel.postMessage({ ask: own });
    setTimeout(() => {
      isOwner = true;
      resolve(() => channel.close());
    }, ANSWER_MS);
  });
}
