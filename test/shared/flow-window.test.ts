import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../shared/stream/byte-budget.ts';
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { FlowWindow } from '../../shared/stream/flow-window.ts';
import { BACKPRESSURE } from '../../shared/stream/holds.ts';
import { fixed, Pair, type Side } from './resumable-pair.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const FIRST = 256 * KIB;

/** A transport of which only matters how many bytes wait in it. */
const transport = (buffered = 0) => ({ buffered }) as ByteStream;

const kept = (copied: number, base: number, sent: number) => ({ queue: { copied }, base, sent });

/** A sender that fills each window and has all of it acknowledged, so many times; the sizes its window had. */
function sizes(flow: FlowWindow, windows: number, over: ByteStream | null = transport()): number[] {
  let sent = 0;
  return Array.from({ length: windows }, () => {
    const { size } = flow;
    sent += size;
    flow.update(kept(size, sent - size, sent), over);
    flow.update(kept(0, sent, sent), over);
    return size;
  });
}

describe('a window that grows (D28)', () => {
  it('doubles up to 4 MiB, each time that all of a closed one was acknowledged', () => {
    const flow = new FlowWindow(FIRST, new ByteBudget(64 * MIB));
    expect(sizes(flow, 7)).toEqual([FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST, 4 * MIB, 4 * MIB, 4 * MIB]);
  });

  it('has room again at half of it, of a large one sooner: what queued up meanwhile is little then', () => {
    const flow = new FlowWindow(FIRST, new ByteBudget(64 * MIB));
    expect(flow.lowWater).toBe(FIRST / 2);
    sizes(flow, 4);
    expect([flow.size, flow.lowWater]).toEqual([4 * MIB, 3.5 * MIB]);
  });

  it('stays as it is while its sender does not fill it', () => {
    const flow = new FlowWindow(FIRST, new ByteBudget(64 * MIB));
    for (let sent = 0; sent < 10 * MIB; sent += FIRST / 2) {
      flow.update(kept(FIRST / 2, sent, sent + FIRST / 2), transport());
      flow.update(kept(0, sent + FIRST / 2, sent + FIRST / 2), transport());
    }
    expect(flow.size).toBe(FIRST);
  });

  it('stays as it is until the last byte of a closed one is acknowledged', () => {
    const flow = new FlowWindow(FIRST, new ByteBudget(64 * MIB));
    flow.update(kept(FIRST, 0, FIRST), transport());
    flow.update(kept(1, FIRST - 1, FIRST), transport());
    expect(flow.size).toBe(FIRST);
    flow.update(kept(0, FIRST, FIRST), transport());
    expect(flow.size).toBe(2 * FIRST);
  });

  it('stays as it is when the transport holds the sender too: most of the window waits there', () => {
    const flow = new FlowWindow(FIRST, new ByteBudget(64 * MIB));
    expect(sizes(flow, 3, transport(FIRST / 2 + 1))).toEqual([FIRST, FIRST, FIRST]);
    expect(sizes(flow, 2, transport(FIRST / 2))).toEqual([FIRST, 2 * FIRST]);
  });

  it('takes nothing that is sent anew for an answer', () => {
    const flow = new FlowWindow(FIRST, new ByteBudget(64 * MIB));
    flow.update(kept(FIRST, 0, FIRST), transport());
    flow.update(kept(FIRST, 0, FIRST), null);
    flow.update(kept(0, FIRST, FIRST), transport());
    expect(flow.size).toBe(FIRST);
  });

  it('does not grow without spare memory, has its own share then, and little when there is none', () => {
    const budget = new ByteBudget(4 * MIB);
    const flow = new FlowWindow(FIRST, budget);
    expect(sizes(flow, 2)).toEqual([FIRST, 2 * FIRST]);
    budget.take(2 * MIB);
    expect([flow.size, flow.maxHeld]).toEqual([FIRST, 2 * FIRST]);
    expect(sizes(flow, 3)).toEqual([FIRST, FIRST, FIRST]);
    budget.take(2 * MIB);
    // One that keeps nothing may send what it has.
    expect(flow.size).toBe(FIRST);
    flow.update(kept(1, 0, 1), transport());
    expect([flow.size, flow.maxHeld]).toEqual([16 * KIB, 16 * KIB]);
    budget.take(-4 * MIB);
    expect([flow.size, flow.maxHeld]).toEqual([4 * FIRST, 17 * FIRST]);
  });
});

describe('the budget of all windows', () => {
  it('says once that it is used up, and again only after half of it was free', () => {
    const full: number[] = [];
    const budget = new ByteBudget(100, (used) => full.push(used));
    for (const bytes of [99, 1, 5, -50, 60, -70, 60]) budget.take(bytes);
    expect(full).toEqual([100, 105]);
  });

  const withBudget = () => {
    const budget = new ByteBudget(64 * MIB);
    const pair = new Pair([fixed(FIRST), new FlowWindow(FIRST, budget)], true);
    return { budget, pair, server: pair.server };
  };
  /** The page sends what its peer does not take, and takes nothing of what it is sent. */
  const fill = ({ budget, pair, server }: ReturnType<typeof withBudget>) => {
    server.stream.hold(BACKPRESSURE);
    pair.page.write(100_000);
    pair.page.transport.deliver(Infinity);
    server.write(64 * KIB);
    expect(budget.used).toBe(100_000 + 64 * KIB);
  };

  const ENDS: ReadonlyArray<readonly [string, (server: Side, pair: Pair) => void]> = [
    ['is aborted', ({ stream }) => stream.abort()],
    ['is closed', ({ stream }) => stream.close('too-slow', '')],
    ['is lost, as when its grace is over', ({ stream }) => stream.lose()],
    [
      'is aborted while it has no transport',
      ({ stream, transport: broken }) => {
        broken.breakOff();
        stream.abort();
      },
    ],
    [
      'is lost while it has no transport',
      ({ stream, transport: broken }) => {
        broken.breakOff();
        stream.lose();
      },
    ],
  ];
  it.each(ENDS)('is given back by a stream that %s', async (_how, end) => {
    const filled = withBudget();
    fill(filled);
    end(filled.server, filled.pair);
    filled.server.transport.hearNews();
    await Promise.resolve();
    expect(filled.server.closed).not.toBeNull();
    expect(filled.budget.used).toBe(0);
  });

  it('is given back as the other side acknowledges, and as the handler takes', () => {
    const filled = withBudget();
    const { budget, pair, server } = filled;
    fill(filled);
    pair.settle();
    pair.page.tick();
    pair.settle();
    expect(budget.used).toBe(100_000);
    server.stream.release(BACKPRESSURE);
    expect(budget.used).toBe(0);
    expect([server.heard.length, pair.page.heard.length]).toEqual([100_000, 64 * KIB]);
  });

  it('pays for what a cut has to be sent again, and not for what then comes again', () => {
    const filled = withBudget();
    fill(filled);
    filled.server.transport.breakOff();
    expect(filled.budget.used).toBe(64 * KIB);
    filled.pair.resume();
    filled.pair.settle();
    expect(filled.budget.used).toBe(100_000);
  });

  it('ends a page that is away and would need more of it, and keeps less for one that is there', () => {
    const budget = new ByteBudget(MIB);
    const { page, server } = new Pair([fixed(FIRST), new FlowWindow(FIRST, budget, 1)], false);
    server.write(20 * KIB);
    page.transport.deliver(Infinity);
    budget.take(MIB - 20 * KIB);
    server.write(1);
    expect(budget.used).toBeLessThan(MIB);
    expect([server.stream.canResume(server.stream.written - 12 * KIB), server.closed]).toEqual([true, null]);
    server.transport.breakOff();
    expect(server.isDetached).toBe(true);
    budget.take(20 * KIB);
    server.write(20 * KIB);
    expect(server.stream.canResume(server.stream.written)).toBe(false);
  });
});

describe('what a resumable stream costs (D28)', () => {
  it('acknowledges 128 KiB at once, less soon, and a little within a second', () => {
    const budget = new ByteBudget(64 * MIB);
    const { page, server } = new Pair([fixed(FIRST), new FlowWindow(FIRST, budget)], true);
    const acknowledgements = () => server.transport.queue.filter((item) => typeof item === 'object').length;
    const send = (count: number) => {
      page.write(count);
      page.transport.deliver(Infinity);
      return [acknowledgements(), ...server.delays.splice(0)];
    };
    expect(send(16 * KIB - 1)).toEqual([0, 1_000]);
    expect(send(1)).toEqual([0, 50]);
    expect(send(112 * KIB - 1)).toEqual([0]);
    expect(send(1)).toEqual([1]);
    server.tick();
    expect(send(1)).toEqual([1, 1_000]);
    server.tick();
    expect(acknowledgements()).toBe(2);
  });

  it('acknowledges 512 KiB at once in a long stream, and 128 KiB again when that paused', () => {
    const flow = new FlowWindow(FIRST, new ByteBudget(64 * MIB));
    const counts = (pieces: number) =>
      Array.from({ length: pieces }).reduce<{ due: number; acked: number[] }>(
        ({ due, acked }) => {
          const now = due + 64 * KIB;
          return flow.ackDelay(now) > 0 ? { due: now, acked } : { due: 0, acked: [...acked, now / KIB] };
        },
        { due: 0, acked: [] },
      ).acked;
    expect(counts(48)).toEqual([...Array.from({ length: 16 }, () => 128), 512, 512]);
    // It comes to 256 KiB, which are acknowledged by the clock.
    expect([64, 128, 192, 256].map((due) => flow.ackDelay(due * KIB))).toEqual([50, 50, 50, 50]);
    expect(counts(4)).toEqual([128, 128]);
  });

  it('hands its transport what it was given, and sends its own copy when that did not arrive', () => {
    const budget = new ByteBudget(64 * MIB);
    const pair = new Pair([new FlowWindow(FIRST, budget), new FlowWindow(FIRST, budget)], true);
    const { page, server } = pair;
    const given: Uint8Array[] = [];
    const { transport: over } = page;
    const write = over.write.bind(over);
    over.write = (bytes) => {
      given.push(bytes);
      return write(bytes);
    };
    const lent = new Uint8Array(100_000).fill(7);
    page.stream.write(lent);
    expect(given[0]).toBe(lent);
    lent.fill(9);
    over.breakOff();
    server.transport.breakOff();
    pair.resume();
    pair.settle();
    expect([server.heard.length, new Set(server.heard)]).toEqual([100_000, new Set([7])]);
  });
});
