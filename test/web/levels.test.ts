import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Levels, SETTLE_MS } from '../../web/platform/levels.ts';

/** A history as a browser has it: going there is told of later. */
class FakeHistory {
  entries: unknown[];
  at: number;
  onPop: (state: unknown) => void = () => undefined;

  constructor(...states: unknown[]) {
    this.entries = [null, ...states];
    this.at = states.length;
  }

  get state(): unknown {
    return this.entries[this.at];
  }

  pushState(state: unknown): void {
    this.entries = [...this.entries.slice(0, this.at + 1), state];
    this.at++;
  }

  replaceState(state: unknown): void {
    this.entries[this.at] = state;
  }

  /** As a link within the page does. */
  follow(): void {
    this.pushState(null);
    this.onPop(this.state);
  }

  go(by = 0): void {
    setTimeout(() => {
      this.at += by;
      this.onPop(this.state);
    });
  }
}

/** Levels with a history, and which of them have been closed by it. */
function setUp(history = new FakeHistory()) {
  const levels = new Levels(history);
  history.onPop = (state) => levels.onPop(state);
  const closed: number[] = [];
  const open = (rank: number) => {
    const close = levels.open({
      rank,
      close: () => {
        closed.push(rank);
        close();
      },
    });
    return close;
  };
  const back = () => {
    history.go(-1);
    vi.advanceTimersByTime(1);
  };
  return { history, closed, open, back };
}

describe('levels', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('have one entry each, and are closed from the top, whatever came first', () => {
    const { history, closed, open, back } = setUp();
    for (const rank of [3, 0, 2]) open(rank);
    expect([history.at, history.state]).toEqual([3, { level: 3 }]);
    for (let times = 0; times < 3; times++) back();
    expect(closed).toEqual([3, 2, 0]);
    expect([history.at, history.state]).toEqual([0, { level: 0 }]);
  });

  it('give their entry back when they are closed otherwise', () => {
    const { history, closed, open } = setUp();
    const [low, high] = [open(0), open(1)];
    high();
    vi.advanceTimersByTime(SETTLE_MS + 1);
    expect(history.at).toBe(1);
    low();
    vi.advanceTimersByTime(SETTLE_MS + 1);
    expect([history.at, closed]).toEqual([0, []]);
  });

  it('leave it to the one that takes their place', () => {
    const { history, closed, open } = setUp();
    open(3)();
    open(0);
    vi.advanceTimersByTime(SETTLE_MS + 1);
    expect([history.at, history.entries.length, closed]).toEqual([1, 2, []]);
  });

  it('are not closed by the way back of one that was', () => {
    const { history, closed, open } = setUp();
    open(0);
    open(1)();
    vi.advanceTimersByTime(SETTLE_MS);
    open(2);
    vi.advanceTimersByTime(1);
    expect([history.at, closed]).toEqual([2, []]);
    expect(history.entries).toEqual([{ level: 0 }, { level: 1 }, { level: 2 }]);
  });

  it('are not closed by a link that is followed to where the page is', () => {
    const { history, closed, open, back } = setUp();
    open(0);
    open(1);
    history.follow();
    vi.advanceTimersByTime(SETTLE_MS + 1);
    expect([history.state, closed]).toEqual([{ level: 2 }, []]);
    // Behind it is where one was.
    back();
    expect(closed).toEqual([]);
    back();
    expect(closed).toEqual([1]);
  });

  it('of a page that was loaded again have the entries they had, and those that are gone have none', () => {
    const { history, open } = setUp(new FakeHistory({ level: 1 }, { level: 2 }));
    open(0);
    vi.advanceTimersByTime(SETTLE_MS + 1);
    expect([history.at, history.entries.length]).toEqual([1, 3]);
  });

  it('are closed at once when someone goes back by several', () => {
    const { history, closed, open } = setUp();
    for (const rank of [0, 1, 3]) open(rank);
    history.go(-2);
    vi.advanceTimersByTime(1);
    expect([closed, history.at]).toEqual([[3, 1], 1]);
  });
});
