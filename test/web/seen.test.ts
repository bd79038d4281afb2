import { describe, expect, it } from 'vitest';
import { newsAfter, Seen } from '../../web/components/log/to-latest.tsx';
import { heard, inside, run } from './support/events.ts';

describe('the count of what is new below', () => {
  it('begins at what came while one was elsewhere, when one had read to the end', () => {
    const seen = new Seen(undefined, 8, 20);
    seen.note(false, 20);
    expect(seen.id).toBe(7);
    expect(new Seen(undefined, null, 20).id).toBe(20);
  });

  it('goes on after a visit to another conversation and after a reload', () => {
    const seen = new Seen(5, 8, 20);
    // After a reload the log is at its end until the place is found.
    seen.note(true, 20);
    expect(seen.id).toBe(5);
    seen.note(false, 21);
    expect(seen.id).toBe(5);
  });

  it('is none at the end, and begins there when one scrolls back', () => {
    const seen = new Seen(undefined, 8, 20);
    seen.note(true, 20);
    seen.note(false, 21);
    expect(seen.id).toBe(20);
  });

  it('counts messages of others, also when the last one seen is no longer kept', () => {
    const { all: entries } = run(inside, heard('bob', 'one'), heard('ann', 'two'), heard('bob', 'three'))
      .conversations[0].log;
    expect(newsAfter(entries[0]!.id, entries)).toBe(1);
    expect(newsAfter(0, entries)).toBe(2);
    expect(newsAfter(entries.at(-1)!.id, entries)).toBe(0);
  });
});
