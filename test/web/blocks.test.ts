import { describe, expect, it } from 'vitest';
import { toBlocks } from '../../web/selectors/blocks.ts';
import type { Entry } from '../../web/state/entries.ts';

const NOON = new Date(2026, 0, 1, 12).getTime();
const MINUTE = 60_000;

let nextId = 1;
const said = (login: string, at: number, mine = false): Entry => ({
  kind: 'said',
  id: nextId++,
  login,
  text: 'x',
  at,
  mine,
});
const shape = (...entries: Entry[]) =>
  toBlocks(entries, null, '', false).map((block) =>
    block.kind === 'group' ? `${block.login}×${block.said.length}` : block.kind,
  );

describe('the blocks of a conversation', () => {
  it('gather what people who are ignored say', () => {
    const ignored = (login: string): Entry => ({ ...said(login, NOON), kind: 'ignored' }) as Entry;
    const blocks = [said('a', NOON), ignored('b'), ignored('c'), said('a', NOON), ignored('b')];
    expect(shape(...blocks)).toEqual(['day', 'a×1', 'ignored', 'a×1', 'ignored']);
    expect(toBlocks(blocks, null, '', false)[2]).toMatchObject({ said: [{ login: 'b' }, { login: 'c' }] });
  });

  it('group what one author says within five minutes', () => {
    expect(shape(said('a', NOON), said('a', NOON + 5 * MINUTE - 1), said('a', NOON + 5 * MINUTE))).toEqual([
      'day',
      'a×2',
      'a×1',
    ]);
  });

  it('begin a group for each change of author', () => {
    expect(shape(said('a', NOON), said('b', NOON), said('a', NOON))).toEqual(['day', 'a×1', 'b×1', 'a×1']);
  });

  it('keep apart a name that was ours and is now of someone else', () => {
    expect(shape(said('a', NOON, true), said('a', NOON))).toEqual(['day', 'a×1', 'a×1']);
  });

  it('say each day once, and split at gaps', () => {
    const gap: Entry = { kind: 'gap', id: nextId++, from: NOON, to: NOON };
    expect(shape(said('a', NOON), gap, said('a', NOON), said('a', NOON + 24 * 60 * MINUTE))).toEqual([
      'day',
      'a×1',
      'gap',
      'a×1',
      'day',
      'a×1',
    ]);
  });
});
