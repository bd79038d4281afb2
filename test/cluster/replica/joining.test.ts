import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodeBatch, type BatchKind } from '../../../server/cluster/jetstream/envelope.ts';
import { Joining } from '../../../server/cluster/jetstream/joining.ts';

const OWN = '00112233445566aa';
const OTHER = '00112233445566bb';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Joins by an engine that stores what is written to it, or does not, and that has so many messages. */
function join(stores: boolean, messages = 1, state: Uint8Array | null = null) {
  let position = 7;
  const kinds: BatchKind[] = [];
  const hear = (incarnation: string, kind: BatchKind, seen: number) => {
    const batch = { incarnation, kind, batch: 0, ticks: 0, seen, print: 0, pressure: 0 } as const;
    joining.onMessage(++position, encodeBatch(batch, []));
  };
  const joining = new Joining({
    incarnation: OWN,
    request: () => Promise.resolve(state),
    streamState: () => Promise.resolve({ messages, last: position }),
    publish(kind, seen) {
      kinds.push(kind);
      if (stores) hear(OWN, kind, seen);
    },
  });
  const joined = joining.join().catch((error: unknown) => (error as Error).message);
  /** Another node founds the room. */
  const foundElsewhere = () => hear(OTHER, 'founding', position);
  return { kinds, joined, foundElsewhere };
}

it('an engine that stores nothing is no reason to wait for ever: the attempt fails, and the next provides the stream', async () => {
  const { kinds, joined } = join(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await joined).toMatch(/^the engine stores nothing of what is written to it/);
  const written = kinds.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(kinds.length).toBe(written);
  expect(kinds).not.toContain('founding');
});

it('a room in which nobody lives is founded by who sees its own probes', async () => {
  const { joined } = join(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await joined).toMatchObject({ founded: expect.any(Number) as number });
});

it('a stream that was purged is no empty room: who lives is asked first', async () => {
  const state = Uint8Array.of(1);
  const { kinds, joined } = join(true, 0, state);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await joined).toEqual({ snapshot: state });
  expect(kinds).toEqual([]);
});

it('a room that another one has founded, while this one was about to, is not founded anew', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.9);
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  const { kinds, foundElsewhere } = join(true);
  // Until it has made up its mind: the timer of 450 ms is of nothing else.
  while (!setTimer.mock.calls.some(([, ms]) => ms === 450)) await vi.advanceTimersByTimeAsync(50);
  foundElsewhere();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(kinds).not.toContain('founding');
});
