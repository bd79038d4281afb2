import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodeBatch, type BatchKind } from '../../../server/cluster/jetstream/envelope.ts';
import { Joining } from '../../../server/cluster/jetstream/joining.ts';

const OWN = '00112233445566aa';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Joins by an engine that stores what is written to it, or does not. */
function join(stores: boolean) {
  let position = 7;
  const kinds: BatchKind[] = [];
  const joining = new Joining({
    incarnation: OWN,
    request: () => Promise.resolve(null),
    streamState: () => Promise.resolve({ messages: 1, last: position }),
    publish(kind, seen) {
      kinds.push(kind);
      if (!stores) return;
      const batch = { incarnation: OWN, kind, batch: 0, ticks: 0, seen, print: 0, pressure: 0 } as const;
      joining.onMessage(++position, encodeBatch(batch, []));
    },
  });
  return { kinds, joined: joining.join().catch((error: unknown) => (error as Error).message) };
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
