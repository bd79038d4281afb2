/** Tells that the machine, or the page, has slept, and since when a connection is lost that is found so behind it. */
import { ANSWER, QUESTION } from './liveness.ts';
import { taps } from './page-stream.ts';

/** Interval, in ms, at which a visible page sees that it runs. */
const TICK_MS = 5_000;
/** Pause, in ms, from which on a visible page has not run: nobody has seen what came meanwhile. */
export const NAP_MS = 10_000;
/** Pause, in ms, from which on it has slept, and its connection may have been lost meanwhile. */
export const SLEEP_MS = 90_000;

/** The page's store, as far as the watch needs it. */
interface Outages {
  /** `lostAt`: the time at which the connection was found lost; null while it is not. */
  readonly state: { readonly lostAt: number | null };
  readonly subscribe: (changed: () => void) => unknown;
  readonly dispatch: (event: { readonly type: 'dropped'; readonly at: number }) => void;
}

/**
 * Dates an outage that is found after a sleep back to the beginning of the sleep, unless the server has answered since. A
 * hidden page has no timer: an outage that is found only when somebody looks again began when the page last ran; one that
 * the browser reports meanwhile, at that report.
 * @param onNap called when the page was visible and has not run; what came meanwhile comes behind it
 */
export function watchSleep(store: Outages, onNap: () => void): void {
  let ranAt = Date.now();
  let sleptAt: number | null = null;
  /** True when something was sent since the sleep, which an answer can mean. */
  let hasAsked = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  const run = () => {
    const now = Date.now();
    const paused = document.hidden ? 0 : now - ranAt;
    if (paused > SLEEP_MS) {
      sleptAt ??= ranAt;
      hasAsked = false;
    }
    ranAt = now;
    // Somebody who looks at a page again that was hidden sees what comes.
    if (paused > NAP_MS && timer) onNap();
  };
  const turn = () => {
    run();
    clearInterval(timer);
    timer = document.hidden ? undefined : setInterval(run, TICK_MS);
  };
  document.addEventListener('visibilitychange', turn);
  turn();
  taps.add((_, direction, data) => {
    run();
    const isText = typeof data === 'string';
    if (direction === 'sent') hasAsked ||= !isText || QUESTION.test(data);
    else if (hasAsked && isText && ANSWER.test(data)) sleptAt = null;
  });
  store.subscribe(() => {
    run();
    const { lostAt } = store.state;
    if (sleptAt === null || lostAt === null) return;
    const at = sleptAt;
    sleptAt = null;
    if (at < lostAt) store.dispatch({ type: 'dropped', at });
  });
}
