import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ALIVE_MS,
  HALF_DEAD_MS,
  checkLiveness,
  SILENCE_MS,
  UNANSWERED_MS,
  UNWATCHED,
  watchLiveness,
  type Signs,
} from '../../web/net/liveness.ts';
import { live, type PageStream, taps } from '../../web/net/page-stream.ts';

/** Connection as the page sees it, over time: what is written and what comes is said with its time. */
class Scene {
  signs: Signs = { isConnected: true, isWaiting: false, heardAt: 0, answeredAt: -Infinity };
  #watched = UNWATCHED;
  #due = 0;
  readonly verdicts: string[] = [];

  /** Something is written, heard or answered at this time, after all checks that were due. */
  at(now: number, change: Partial<Signs>): this {
    this.until(now);
    if (this.#due === Infinity) return this;
    this.signs = { ...this.signs, ...change };
    return this.check(now);
  }

  /** Runs all checks up to a time, each when it is due. */
  until(now: number): this {
    while (this.#due <= now) this.check(this.#due);
    return this;
  }

  check(now: number, more: { isWoken?: boolean; isLate?: boolean } = {}): this {
    const { watched, verdict, next } = checkLiveness(this.#watched, this.signs, {
      now,
      silence: SILENCE_MS,
      ...more,
    });
    this.#watched = watched;
    // A check that leads nowhere would be repeated for ever.
    expect(next).toBeGreaterThan(now);
    this.#due = next;
    if (verdict !== 'fine') this.verdicts.push(`${verdict} ${now}`);
    if (verdict === 'dead') this.#due = Infinity;
    return this;
  }
}

const written = { isWaiting: true };
const answered = (now: number) => ({ isWaiting: false, heardAt: now, answeredAt: now });

describe('a connection, as the page judges it', () => {
  it('is asked for a sign of life after 30 s of silence, and is dead 4 s later', () => {
    expect(new Scene().until(100_000).verdicts).toEqual([
      `ping ${SILENCE_MS}`,
      `dead ${SILENCE_MS + ALIVE_MS}`,
    ]);
  });

  it('is never asked while anything comes', () => {
    const scene = new Scene();
    for (let now = 0; now < 300_000; now += 29_000) scene.at(now, { heardAt: now });
    expect(scene.verdicts).toEqual([]);
  });

  it('is asked 5 s after something was written that nothing answers: lost within 10 s', () => {
    expect(new Scene().at(1_000, written).until(100_000).verdicts).toEqual(['ping 6000', 'dead 10000']);
    expect(1_000 + UNANSWERED_MS + ALIVE_MS).toBeLessThanOrEqual(11_000);
  });

  it('is not asked for what is answered in time', () => {
    const scene = new Scene();
    for (let now = 1_000; now < 60_000; now += 1_000)
      scene.at(now, written).at(now + 400, answered(now + 400));
    expect(scene.verdicts).toEqual([]);
  });

  it('lives when it answers, and is asked again after as long', () => {
    const scene = new Scene().at(1_000, written).at(6_100, answered(6_100)).until(60_000);
    expect(scene.verdicts).toEqual([
      'ping 6000',
      `ping ${6_100 + SILENCE_MS}`,
      `dead ${6_100 + SILENCE_MS + ALIVE_MS}`,
    ]);
  });

  it('that takes nothing any more, while others are still heard, is dead as well', () => {
    const scene = new Scene().at(1_000, written);
    for (let now = 1_500; now < 60_000 && !scene.verdicts.at(-1)?.startsWith('dead'); now += 500)
      scene.at(now, { heardAt: now });
    const dead = 6_000 + HALF_DEAD_MS;
    expect(scene.verdicts.at(0)).toBe('ping 6000');
    expect(scene.verdicts.at(-1)).toBe(`dead ${dead}`);
    // It is asked again, as a ping may have come while the answers before it were not taken.
    expect(scene.verdicts).toHaveLength(HALF_DEAD_MS / ALIVE_MS + 1);
  });

  it('is asked at once when the page is woken, or as soon as the server answers again', () => {
    expect(new Scene().check(5_000, { isWoken: true }).check(6_000, { isWoken: true }).verdicts).toEqual([
      'ping 5000',
    ]);
    const scene = new Scene().at(4_000, answered(4_000)).check(5_000, { isWoken: true });
    expect(scene.verdicts).toEqual([]);
    expect(scene.until(10_000).verdicts).toEqual(['ping 5500', 'dead 9500']);
  });

  it('is asked again, and not judged, by a page that has slept itself', () => {
    const scene = new Scene().until(SILENCE_MS).check(3_600_000, { isLate: true });
    expect(scene.verdicts).toEqual([`ping ${SILENCE_MS}`, 'ping 3600000']);
    expect(scene.until(4_000_000).verdicts.at(-1)).toBe(`dead ${3_600_000 + ALIVE_MS}`);
  });

  it('is left alone while it is interrupted', () => {
    const scene = new Scene().at(1_000, written).at(2_000, { isConnected: false }).until(100_000);
    expect(scene.verdicts).toEqual([]);
    expect(scene.at(100_000, { isConnected: true, heardAt: 100_000 }).until(104_999).verdicts).toEqual([]);
    expect(scene.until(109_000).verdicts).toEqual(['ping 105000', 'dead 109000']);
  });
});

describe('the connections of a page', () => {
  let page = Object.assign(new EventTarget(), { hidden: false });
  let world = new EventTarget();
  const turn = (hidden: boolean) => {
    page.hidden = hidden;
    page.dispatchEvent(new Event('visibilitychange'));
  };
  const open = () => {
    const calls: string[] = [];
    const stream = {
      connected: true,
      waiting: 0,
      wake: () => stream.connected || calls.push('woken'),
      ping: () => calls.push('ping'),
      giveUp: () => calls.push('given up'),
    };
    live.add(stream as unknown as PageStream);
    const write = () => {
      for (const tap of taps) tap(stream, 'sent', new Uint8Array(1));
      stream.waiting++;
    };
    const hear = (text: string) => {
      for (const tap of taps) tap(stream, 'received', text);
    };
    return { stream, calls, write, hear };
  };
  beforeEach(() => {
    vi.useFakeTimers();
    page = Object.assign(new EventTarget(), { hidden: false });
    world = new EventTarget();
    vi.stubGlobal('document', page);
    vi.stubGlobal('addEventListener', world.addEventListener.bind(world));
  });
  afterEach(() => {
    turn(true);
    live.clear();
    taps.clear();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('are each given up by themselves, and cost one timer together', () => {
    const [one, other] = [open(), open()];
    watchLiveness(() => 0);
    expect(vi.getTimerCount()).toBe(1);
    one.write();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(9_000);
    expect([one.calls, other.calls]).toEqual([['ping', 'given up'], []]);
    one.stream.connected = false;
    vi.advanceTimersByTime(25_000);
    expect([one.calls, other.calls]).toEqual([
      ['ping', 'given up'],
      ['ping', 'given up'],
    ]);
  });

  it('live when they answer; what is of others is no answer', () => {
    const { stream, calls, write, hear } = open();
    watchLiveness(() => 0);
    write();
    vi.advanceTimersByTime(5_000);
    expect(calls).toEqual(['ping']);
    hear('{"type":"received","bytes":1}');
    stream.waiting = 0;
    vi.advanceTimersByTime(30_000 - 1);
    expect(calls).toEqual(['ping']);
    write();
    vi.advanceTimersByTime(1);
    expect(calls).toEqual(['ping', 'ping']);
    vi.advanceTimersByTime(1);
    hear('{"type":"presence","left":[],"joined":["bob"]}');
    vi.advanceTimersByTime(3_999);
    expect(calls).toEqual(['ping', 'ping', 'ping']);
    vi.advanceTimersByTime(4_000);
    expect(calls).toEqual(['ping', 'ping', 'ping', 'given up']);
  });

  it('have no timer in a hidden tab, whatever is written there', () => {
    const { calls, write } = open();
    watchLiveness(() => 0);
    vi.advanceTimersByTime(30_000);
    expect(calls).toEqual(['ping']);
    turn(true);
    write();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(600_000);
    expect(calls).toEqual(['ping']);
    turn(false);
    vi.advanceTimersByTime(4_000);
    expect(calls).toEqual(['ping', 'ping', 'given up']);
  });

  it('are asked at once when the browser says that the network is gone', () => {
    const { calls } = open();
    watchLiveness(() => 0);
    vi.advanceTimersByTime(2_000);
    world.dispatchEvent(new Event('offline'));
    expect(calls).toEqual(['ping']);
    vi.advanceTimersByTime(4_000);
    expect(calls).toEqual(['ping', 'given up']);
  });

  it('of two pages that heard the same word last are asked at different times', () => {
    const { calls } = open();
    watchLiveness(() => 0.75);
    vi.advanceTimersByTime(22_499);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(calls).toEqual(['ping']);
  });
});
