import { describe, expect, it } from 'vitest';
import { Settled } from '../../web/components/base/throttle.ts';

describe('a text that is read out when it changes', () => {
  it('leaves out what passes at once, as the end of both sides before the connection is closed', () => {
    const words = new Settled('open');
    expect(words.take('ending', true, 1_000)).toEqual(['open', 500]);
    expect(words.take('closed', false, 1_040)).toEqual(['closed', 0]);
    expect(words.take('closed', false, 9_000)).toEqual(['closed', 0]);
  });

  it('gives what passes once it has lasted, and what is there first at once', () => {
    const words = new Settled('waiting');
    expect(words.take('waiting', true, 0)).toEqual(['waiting', 0]);
    expect(words.take('ending', true, 100)).toEqual(['waiting', 500]);
    expect(words.take('ending', true, 400)).toEqual(['waiting', 200]);
    expect(words.take('ending', true, 600)).toEqual(['ending', 0]);
  });
});
