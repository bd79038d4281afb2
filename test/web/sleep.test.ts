import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NAP_MS, SLEEP_MS, watchSleep } from '../../web/net/sleep.ts';
import { taps, type Direction } from '../../web/net/page-stream.ts';
import { reduce } from '../../web/state/reduce.ts';
import { initialState } from '../../web/state/state.ts';
import { createStore } from '../../web/state/store.ts';
import { run } from './support/events.ts';

const NOON = Date.UTC(2026, 10, 26, 12);
const HOUR = 3_600_000;
const inside = run(initialState('en'), { type: 'accepted', login: 'ann', at: NOON });
let store: ReturnType<typeof start>;
let naps: number;

function start() {
  const opened = createStore(reduce, inside);
  naps = 0;
  watchSleep(opened, () => naps++);
  return opened;
}

/** Lets time pass in which nothing of the page runs. */
const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms);
const passes = (direction: Direction, type: string) => {
  for (const tap of taps) tap({}, direction, `{"type":"${type}"}`);
};
const lose = () => store.dispatch({ type: 'lost', at: Date.now() });
const comeBack = () => store.dispatch({ type: 'accepted', login: 'ann', at: Date.now() });
const gaps = () =>
  store.state.conversations[0].log.all.flatMap((one) =>
    one.kind === 'gap' ? [[one.from - NOON, one.to - NOON]] : [],
  );

/** Hides the page, or shows it. */
const turn = (hidden: boolean) => {
  Object.assign(document, { hidden });
  document.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
  store = start();
});
afterEach(() => {
  taps.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it.each(['at once', 'after a while'])('a loss that is found %s after a sleep began with it', (when) => {
  sleep(HOUR);
  passes('received', 'ack');
  if (when === 'after a while') vi.advanceTimersByTime(SLEEP_MS);
  passes('sent', 'ping');
  passes('received', 'presence');
  lose();
  comeBack();
  expect(gaps()).toEqual([[0, Date.now() - NOON]]);
});

it('the next loss, behind a sleep that was one, has its own time', () => {
  sleep(HOUR);
  lose();
  comeBack();
  store.dispatch({ type: 'received', command: { opcode: 3, login: 'bob', msg: 'hi' }, at: Date.now() });
  vi.advanceTimersByTime(60_000);
  lose();
  comeBack();
  expect(gaps()).toEqual([
    [0, HOUR],
    [HOUR + 60_000, HOUR + 60_000],
  ]);
});

it('a loss of which the connection was alive after the sleep has the time at which it was found', () => {
  sleep(HOUR);
  passes('sent', 'ping');
  passes('received', 'received');
  lose();
  comeBack();
  expect(gaps()).toEqual([[HOUR, HOUR]]);
});

it('a short pause is no sleep', () => {
  sleep(SLEEP_MS - 1);
  lose();
  comeBack();
  expect(gaps()).toEqual([[SLEEP_MS - 1, SLEEP_MS - 1]]);
});

it('a hidden page has no timer, and what its browser reports has the time of that', () => {
  turn(true);
  expect(vi.getTimerCount()).toBe(0);
  sleep(HOUR);
  lose();
  turn(false);
  expect(vi.getTimerCount()).toBe(1);
  comeBack();
  expect(gaps()).toEqual([[HOUR, HOUR]]);
});

it('a loss that is found when somebody looks again began when the page last ran', () => {
  sleep(60_000);
  turn(true);
  sleep(HOUR);
  turn(false);
  passes('sent', 'ping');
  vi.advanceTimersByTime(10_000);
  lose();
  comeBack();
  expect(gaps()).toEqual([[60_000, 60_000 + HOUR + 10_000]]);
});

it('a page in sight that has not run has not been seen, before what came meanwhile; one that was hidden is seen again', () => {
  vi.advanceTimersByTime(60_000);
  sleep(NAP_MS);
  passes('received', 'presence');
  expect(naps).toBe(0);
  sleep(NAP_MS + 1);
  passes('received', 'presence');
  passes('received', 'presence');
  expect(naps).toBe(1);
  turn(true);
  sleep(HOUR);
  passes('received', 'presence');
  turn(false);
  expect(naps).toBe(1);
});
