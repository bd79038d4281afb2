import { describe, expect, it } from 'vitest';
import { RetransmitBuffer } from '../../shared/stream/retransmit-buffer.ts';

const bytes = (count: number, from = 0) => Uint8Array.from({ length: count }, (_, index) => from + index);
const places = ({ base, sent, written, waiting, queue }: RetransmitBuffer) => ({
  base,
  sent,
  written,
  waiting,
  hasNext: queue.pending > 0,
});

describe('what a resumable stream keeps (D28)', () => {
  it('counts what passes without being kept', () => {
    const kept = new RetransmitBuffer();
    kept.skip(7);
    expect(places(kept)).toEqual({ base: 7, sent: 7, written: 7, waiting: 0, hasNext: false });
    kept.add(bytes(3));
    expect(places(kept)).toEqual({ base: 7, sent: 7, written: 10, waiting: 3, hasNext: true });
    expect(kept.next(100)).toEqual(bytes(3));
    expect(places(kept)).toEqual({ base: 7, sent: 10, written: 10, waiting: 3, hasNext: false });
  });

  it('lets go of what the other side has, never of more because it is told of less', () => {
    const kept = new RetransmitBuffer();
    kept.add(bytes(10));
    kept.next(100);
    kept.acknowledge(6);
    for (const late of [6, 4, 0]) kept.acknowledge(late);
    expect(places(kept)).toEqual({ base: 6, sent: 10, written: 10, waiting: 4, hasNext: false });
    kept.rewind();
    expect(kept.next(100)).toEqual(bytes(4, 6));
  });

  it('does not hand on again what turns out to have come while it was to be handed on anew', () => {
    const kept = new RetransmitBuffer();
    kept.add(bytes(10));
    kept.next(100);
    kept.rewind();
    expect(kept.sent).toBe(0);
    kept.acknowledge(8);
    expect(places(kept)).toEqual({ base: 8, sent: 8, written: 10, waiting: 2, hasNext: true });
    expect(kept.next(100)).toEqual(bytes(2, 8));
  });

  it('has nothing more once it is cleared', () => {
    const kept = new RetransmitBuffer();
    kept.add(bytes(10));
    kept.clear();
    expect(kept.queue.pending).toBe(0);
    expect(kept.next(100)).toBeNull();
  });
});
