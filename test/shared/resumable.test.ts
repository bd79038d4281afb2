import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BACKPRESSURE } from '../../shared/stream/holds.ts';
import { ByteBudget } from '../../shared/stream/byte-budget.ts';
import { FlowWindow } from '../../shared/stream/flow-window.ts';
import { DEAF } from '../../shared/stream/byte-stream.ts';
import { ABANDONED } from '../../shared/stream/resumable.ts';
import { LaggingStream } from '../../shared/stream/lagging-stream.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import { fixed, Pair, type Side } from './resumable-pair.ts';

type Who = 'page' | 'server';
type Step =
  | { readonly do: 'write'; readonly who: Who; readonly count: number }
  | { readonly do: 'end' | 'pause' | 'unpause' | 'tick' | 'notice'; readonly who: Who }
  | { readonly do: 'deliver'; readonly who: Who; readonly count: number }
  | { readonly do: 'resume' };

const who = fc.constantFrom<Who>('page', 'server');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('write'), who, count: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('deliver'), who, count: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('pause', 'unpause', 'tick', 'notice'), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resume') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end'), who }) },
);

function take(pair: Pair, step: Step): void {
  if (step.do === 'resume') return pair.resume();
  const side = pair[step.who];
  switch (step.do) {
    case 'write':
      if (!hasEnded.has(side)) side.write(step.count);
      return;
    case 'deliver':
      return side.transport.deliver(step.count);
    case 'end':
      hasEnded.add(side);
      return side.stream.end();
    case 'pause':
      return side.stream.hold(BACKPRESSURE);
    case 'unpause':
      return side.stream.release(BACKPRESSURE);
    case 'tick':
      return side.tick();
    case 'notice':
      // This side sees the break first; the other learns of it when the page reconnects, or by a step of its own.
      return side.transport.breakOff();
  }
}

const hasEnded = new WeakSet<Side>();

/** Lets both sides read, and the page reconnect once more. */
function conclude(pair: Pair): void {
  pair.resume();
  pair.page.stream.release(BACKPRESSURE);
  pair.server.stream.release(BACKPRESSURE);
  for (let ticks = 0; ticks < 50; ticks++) {
    pair.settle();
    pair.page.tick();
    pair.server.tick();
  }
}

/** Takes the steps, concludes, and expects all to have come, once and in order. */
function check(pair: Pair, steps: readonly Step[]): void {
  for (const each of steps) take(pair, each);
  conclude(pair);
  const { page, server } = pair;
  expect(server.heard).toEqual(page.wrote);
  expect(page.heard).toEqual(server.wrote);
  expect([server.heardEnd, page.heardEnd]).toEqual([hasEnded.has(page), hasEnded.has(server)]);
  expect([page.closed, server.closed]).toEqual([null, null]);
  // Each transport hears of both ends, and so closes as one does that was never cut (D25).
  expect([page, server].map((side) => side.transport.isEnded)).toEqual(
    [page, server].map((side) => hasEnded.has(side)),
  );
}

describe('a connection over successive transports (D28)', () => {
  it('D28: cut at any byte, in any state, nothing is lost, repeated or put in another order', () => {
    const limit = fc.integer({ min: 20, max: 200 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), limit, limit, (steps, ofPage, ofServer) => {
        check(new Pair([fixed(ofPage), fixed(ofServer)], true), steps);
      }),
      { numRuns: 2_000 },
    );
  });

  it('D28: nor while windows grow and shrink, and when all is told nothing of the budget is in use', () => {
    const limit = fc.integer({ min: 20, max: 200 });
    const total = fc.integer({ min: 10, max: 5_000 });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        limit,
        limit,
        total,
        total,
        (steps, ofPage, ofServer, pageTotal, serverTotal) => {
          const budgets = [new ByteBudget(pageTotal), new ByteBudget(serverTotal)] as const;
          const flows = [new FlowWindow(ofPage, budgets[0]), new FlowWindow(ofServer, budgets[1])] as const;
          const pair = new Pair(flows, true);
          check(pair, steps);
          expect(budgets.map(({ used }) => used)).toEqual([0, 0]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('D21, D28: both ends said and got, the rest is a formality, and a break is none', () => {
    const { page, server } = new Pair([fixed(1000), fixed(1000)], true);
    page.write(10);
    for (const side of [page, server]) side.stream.end();
    page.transport.deliver(Infinity);
    server.transport.deliver(Infinity);
    page.tick();
    server.tick();
    page.transport.deliver(Infinity);
    server.transport.deliver(Infinity);
    server.transport.breakOff();
    page.transport.breakOff();
    expect([page.closed, server.closed]).toEqual([{ clean: true }, { clean: true }]);
  });

  it('D28: a page that takes nothing costs no more than the limit, and the other side is held back', () => {
    const { page, server } = new Pair([fixed(1000), fixed(1000)], true);
    expect(server.write(999)).toBe(true);
    expect(server.write(1)).toBe(false);
    server.write(5000);
    expect(server.transport.buffered).toBe(1000);
    page.stream.hold(BACKPRESSURE);
    server.transport.deliver(Infinity);
    page.tick();
    expect([page.heard.length, server.drains]).toEqual([0, 0]);
  });

  it('D19, D28: what waits in the transport when a held stream gets its window waits in that', () => {
    const transport = new MemoryStream();
    const owner = { sendReceived() {}, later() {}, onDropped: () => false, onOver() {} };
    const stream = new LaggingStream(transport, owner);
    const heard: number[] = [];
    const handler = { ...DEAF, onData: (bytes: Uint8Array) => void heard.push(...bytes) };
    stream.attach(handler);
    stream.hold(BACKPRESSURE);
    transport.send('0102');
    stream.keep(fixed(1000), true);
    expect(heard).toEqual([]);
    stream.release(BACKPRESSURE);
    expect(heard).toEqual([1, 2]);
  });

  it("D9, D28: a close for good is the handler's to answer, and no other transport follows; else it is answered", () => {
    let overs = 0;
    const owner = { sendReceived() {}, later() {}, onDropped: () => true, onOver: () => void overs++ };
    const isLost = (code: number) => {
      const transport = new MemoryStream();
      new LaggingStream(transport, owner).attach({ ...DEAF, onCloseFrame: () => true });
      transport.sendCloseFrame(code);
      return transport.isLost;
    };
    expect([isLost(1000), isLost(1001), isLost(ABANDONED)]).toEqual([false, false, true]);
    expect(overs).toBe(2);
  });
});
