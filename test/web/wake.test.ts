import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { onWake, PRESS_INTERVAL_MS } from '../../web/net/wake.ts';

let world: EventTarget;
let page: EventTarget & { hidden: boolean };
const wake = vi.fn();
/** Beginning of the present outage. */
let outage: number | null;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  world = new EventTarget();
  page = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('addEventListener', world.addEventListener.bind(world));
  vi.stubGlobal('document', page);
  wake.mockReset();
  outage = 1;
  onWake(wake, () => outage);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it.each(['keydown', 'pointerdown', 'focus'])(
  'a %s tries again at once, those right after it do not',
  (kind) => {
    const press = () => world.dispatchEvent(new Event(kind));
    press();
    press();
    vi.advanceTimersByTime(PRESS_INTERVAL_MS - 1);
    press();
    expect(wake).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    press();
    expect(wake).toHaveBeenCalledTimes(2);
  },
);

it('a key tries again at once in each outage, whatever was pressed before it', () => {
  const press = () => world.dispatchEvent(new Event('keydown'));
  outage = null;
  press();
  expect(wake).toHaveBeenCalledTimes(0);
  outage = 5;
  press();
  expect(wake).toHaveBeenCalledTimes(1);
  // It was resumed, and is lost again, within less than the interval.
  outage = null;
  press();
  outage = 6;
  press();
  press();
  expect(wake).toHaveBeenCalledTimes(2);
});

it('the network that is back tries again at once, and so does a page that is visible again', () => {
  const events = [
    () => world.dispatchEvent(new Event('online')),
    () => page.dispatchEvent(new Event('visibilitychange')),
  ];
  for (const event of events) event();
  expect(wake).toHaveBeenCalledTimes(2);
  page.hidden = true;
  events[1]!();
  expect(wake).toHaveBeenCalledTimes(2);
});
