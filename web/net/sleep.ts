/** Tells since when a connection is lost that is found so after the machine, or the page, has slept. */
import { ANSWER, QUESTION } from './liveness.ts';
import { taps } from './page-stream.ts';

/** Interval, in ms, at which a visible page sees that it runs. */
const TICK_MS = 30_000;
/** Pause, in ms, from which on it has slept. */
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
 */
export function watchSleep(store: Outages): void {
  let ranAt = Date.now();
  let sleptAt: number | null = null;
  /** True when something was sent since the sleep, which an answer can mean. */
  let hasAsked = false;
  const run = () => {
    const now = Date.now();
    if (!document.hidden && now - ranAt > SLEEP_MS) {
      sleptAt ??= ranAt;
      hasAsked = false;
    }
    ranAt = now;
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  const turn = () => {
    run();
    clearInterval(timer);
    if (!document.hidden) timer = setInterval(run, TICK_MS);
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
