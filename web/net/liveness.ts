/**
 * Liveness of the page's connections: one that is dead but not closed is found out while somebody looks, and given up.
 * A hidden tab has no timer here, and a page that hears something costs the server nothing.
 */
import { live, type PageStream, taps } from './page-stream.ts';

/** Time, in ms, after which what we sent, and nothing has answered, makes the page ask for a sign of life. */
export const UNANSWERED_MS = 5_000;
/** Longest silence, in ms, without one being asked for; each page has its own, a third less at most, so that the pages of a
 * room, which all heard its last word together, do not all ask together. */
export const SILENCE_MS = 30_000;
/** Timeout of the sign of life, in ms, when nothing at all comes. */
export const ALIVE_MS = 4_000;
/** Timeout of the answer, in ms, while other things come: a slow way has them before it. */
export const HALF_DEAD_MS = 20_000;
/** Delay of a timer, in ms, from which on the page itself has slept, and takes nobody for dead by the time. */
const LATE_MS = 1_000;
/** Interval, in ms, from an answer to the next ping: the server answers once a second. */
const FRESH_MS = 1_500;

/** Signs of life of a connection; times by one clock, in ms. */
export interface Signs {
  readonly isConnected: boolean;
  /** True while something written is not acknowledged. */
  readonly isWaiting: boolean;
  /** Time at which something came last; `answeredAt`: an acknowledgement. */
  readonly heardAt: number;
  readonly answeredAt: number;
}

/** State of a watched connection from check to check. */
export interface Watched {
  /** Time since which what was written waits for an acknowledgement. */
  readonly waitingSince: number | null;
  /** Times of the first ping that is not answered, and of the last. */
  readonly asked: { readonly since: number; readonly last: number } | null;
  /** True when a sign of life is wanted as soon as the server answers again. */
  readonly isWanted: boolean;
}

export interface Verdict {
  readonly watched: Watched;
  /** `ping`: a sign of life is wanted. `dead`: there was none. */
  readonly verdict: 'fine' | 'ping' | 'dead';
  /** Time of the next check. */
  readonly next: number;
}

export const UNWATCHED: Watched = { waitingSince: null, asked: null, isWanted: false };

interface Circumstances {
  readonly now: number;
  readonly silence: number;
  /** True when the network or the person is back, or the network is said to be gone: a sign of life is wanted anyhow. */
  readonly isWoken?: boolean;
  /** True when this check comes much later than it was due. */
  readonly isLate?: boolean;
}

/** Checks a connection for signs of life; pure. */
export function checkLiveness(before: Watched, signs: Signs, circumstances: Circumstances): Verdict {
  const { now, silence, isWoken = false } = circumstances;
  if (!signs.isConnected) return { watched: UNWATCHED, verdict: 'fine', next: now + UNANSWERED_MS };
  const waitingSince = signs.isWaiting ? Math.max(before.waitingSince ?? now, signs.answeredAt) : null;
  const watched = { ...before, waitingSince };
  if (before.asked && signs.answeredAt < before.asked.since)
    return checkAsked(watched, before.asked, signs.heardAt, circumstances);
  const isWanted = before.isWanted || isWoken;
  const due = Math.min(
    signs.heardAt + silence,
    waitingSince === null ? Infinity : waitingSince + UNANSWERED_MS,
    isWanted ? signs.answeredAt + FRESH_MS : Infinity,
  );
  if (now >= due) return ask(watched, now, now);
  return { watched: { ...UNWATCHED, waitingSince, isWanted }, verdict: 'fine', next: due };
}

/** Checks a connection that was asked for a sign of life, and has not answered. */
function checkAsked(
  watched: Watched,
  { since, last }: NonNullable<Watched['asked']>,
  heardAt: number,
  { now, isLate }: Circumstances,
): Verdict {
  if (now < last + ALIVE_MS) return { watched, verdict: 'fine', next: last + ALIVE_MS };
  if (isLate) return ask(watched, now, now);
  if (heardAt > last && now < since + HALF_DEAD_MS) return ask(watched, now, since);
  return { watched, verdict: 'dead', next: now + ALIVE_MS };
}

function ask(watched: Watched, now: number, since: number): Verdict {
  const asked = { ...watched, asked: { since, last: now }, isWanted: false };
  return { watched: asked, verdict: 'ping', next: now + ALIVE_MS };
}

/** State of a connection between two checks, and when it was heard. */
interface Followed extends Pick<Signs, 'heardAt' | 'answeredAt'> {
  readonly watched: Watched;
}

/** Text of the control channel that answers something of ours. */
export const ANSWER = /^\{"type":"(ack|received)"/;
/** A control message that the server answers; those that only tell it something are none. */
export const QUESTION = /^\{"type":"ping"/;

/** Watches all connections of this page from now on, while it is visible. */
export function watchLiveness(random = Math.random): void {
  const silence = SILENCE_MS * (1 - random() / 3);
  const followed = new WeakMap<PageStream, Followed>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = Infinity;

  const followedOf = (stream: PageStream, now: number) =>
    followed.get(stream) ?? { heardAt: now, answeredAt: -Infinity, watched: UNWATCHED };
  const schedule = (at: number) => {
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(run, at - performance.now());
  };
  const check = (stream: PageStream, more: Omit<Circumstances, 'now' | 'silence'>, isWriting = false) => {
    const now = performance.now();
    const { watched, ...times } = followedOf(stream, now);
    const signs = { ...times, isConnected: stream.connected, isWaiting: isWriting || stream.waiting > 0 };
    const result = checkLiveness(watched, signs, { ...more, now, silence });
    followed.set(stream, { ...times, watched: result.watched });
    schedule(result.next);
    if (result.verdict === 'ping') stream.ping();
    // It tells others, which may write.
    if (result.verdict === 'dead') stream.giveUp();
  };
  const run = () => {
    const isLate = performance.now() > due + LATE_MS;
    due = Infinity;
    for (const stream of [...live]) check(stream, { isLate });
  };
  const stop = () => {
    clearTimeout(timer);
    due = Infinity;
  };
  const askAll = () => {
    if (!document.hidden) for (const stream of [...live]) check(stream, { isWoken: true });
  };
  /** The network or the person is back: what is interrupted is resumed at once, and what seems to be there is asked. */
  const wakeAll = () => {
    for (const stream of [...live]) stream.wake();
    askAll();
  };

  taps.add((tapped, direction, data) => {
    const stream = tapped as PageStream;
    if (direction === 'sent') {
      // A text is about the connection, and awaits no answer of its own.
      if (typeof data !== 'string' && !document.hidden) check(stream, {}, true);
      return;
    }
    const now = performance.now();
    const isAnswer = typeof data === 'string' && ANSWER.test(data);
    followed.set(stream, { ...followedOf(stream, now), heardAt: now, ...(isAnswer && { answeredAt: now }) });
  });
  addEventListener('online', wakeAll);
  addEventListener('offline', askAll);
  document.addEventListener('visibilitychange', () => {
    // Questions from before the page was hidden are asked anew: nobody has waited for the answers.
    for (const stream of live)
      followed.set(stream, { ...followedOf(stream, performance.now()), watched: UNWATCHED });
    stop();
    if (!document.hidden) wakeAll();
  });
  if (!document.hidden) run();
}
