import { describe, expect, it } from 'vitest';
import { headingInWords, headingOf, lineInWords } from '../../web/components/private/private.tsx';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import type { Stage } from '../../web/state/stage.ts';
import { ignore } from '../../web/state/ignore-list.ts';
import { reduce } from '../../web/state/reduce.ts';
import { findPrivate, initialState, type State } from '../../web/state/state.ts';
import { requested } from './support/events.ts';

const AT = Date.UTC(2026, 0, 1, 12);
const inside = reduce(initialState('en'), { type: 'accepted', login: 'ann', at: AT });

/** The line of bob's private connection at a stage in the list, while he is here, and after he has left. */
function lines(stage: Stage): readonly string[] {
  const asking = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 50, at: AT });
  const state = reducePrivate(asking, { type: 'private-stage', key: 'private:bob', stage, at: AT + 1 });
  const here: State = { ...state, synced: true, online: new Map([['bob', 'bob']]) };
  const gone: State = { ...state, synced: true, online: new Map([['ann', 'ann']]) };
  return [here, gone].map((one) => lineInWords(findPrivate(one, 'private:bob')!, one, enLazy.private));
}

describe('a private connection that is over', () => {
  it('says that the other person has left', () => {
    for (const stage of ['closed', 'lost', 'refused', 'lapsed', 'cancelled', 'absent'] as const) {
      const asking = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 50, at: AT });
      const state = reducePrivate(asking, { type: 'private-stage', key: 'private:bob', stage, at: AT + 1 });
      const found = [['bob'], ['ann']].map(([login]) => {
        const one: State = { ...state, synced: true, online: new Map([[login!, login!]]) };
        const conversation = findPrivate(one, 'private:bob')!;
        return headingInWords(headingOf(conversation, one, enLazy.private)).includes(
          'bob has left the room.',
        );
      });
      // That one says it by itself.
      expect(found, stage).toEqual([false, stage !== 'absent']);
    }
  });
});

describe('a request for a new private connection', () => {
  // With the one who asks it ends: until then nothing else is said of them.
  it.each(['bob', 'ann'])(
    'says in the heading that accepting ends the one there is, while %s is here',
    (login) => {
      const headings = (['none', 'waiting', 'open', 'they-ended', 'lost'] as const).map((stage) => {
        const asked = reducePrivate(inside, requested('bob'));
        const then = reducePrivate(asked, { type: 'private-stage', key: 'private:bob', stage, at: AT + 1 });
        const anew = reducePrivate(then, requested('bob'));
        const state: State = { ...anew, synced: true, online: new Map([[login, login]]) };
        return headingInWords(headingOf(findPrivate(state, 'private:bob')!, state, enLazy.private));
      });
      const { asked, askedAgain, askedAnew } = enLazy.private;
      const expected = [asked, askedAgain, askedAnew, askedAnew, asked];
      expect(headings).toEqual(expected.map((words) => words('bob')));
    },
  );

  it('is not spoken of while its asker is ignored: what was agreed on is', () => {
    const asked = reducePrivate(inside, requested('bob'));
    const agreed = reducePrivate(asked, {
      type: 'private-stage',
      key: 'private:bob',
      stage: 'waiting',
      at: AT,
    });
    const anew: State = {
      ...reducePrivate(agreed, requested('bob')),
      synced: true,
      online: new Map([['bob', 'bob']]),
    };
    const lineOf = (state: State) => lineInWords(findPrivate(state, 'private:bob')!, state, enLazy.private);
    expect(lineOf(anew)).toBe(enLazy.private.asksHere);
    expect(lineOf(ignore(anew, 'bob'))).toBe(enLazy.private.waiting('bob'));
    // Of a mere request nothing is left to say.
    const hidden = ignore(asked, 'bob');
    const heading = headingOf(findPrivate(hidden, 'private:bob')!, hidden, enLazy.private);
    expect([heading.stage, lineOf(hidden)]).toEqual(['', '']);
  });
});

describe('the line of a private connection in the list', () => {
  it('says of what waits or is open that the other person has left, and no longer what one waits for', () => {
    for (const stage of ['waiting', 'open', 'i-ended', 'they-ended', 'lost', 'page-ended'] as const) {
      const [here, gone] = lines(stage);
      expect(here, stage).not.toMatch(/has left/);
      expect(gone, stage).toBe('bob has left the room.');
    }
  });

  it('says of what was agreed on and never open no more than that, when the way to the server is interrupted', () => {
    const line = (stage: Stage) => {
      const asking = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 50, at: AT });
      const there = reducePrivate(asking, { type: 'private-stage', key: 'private:bob', stage, at: AT + 1 });
      const state = reducePrivate(there, {
        type: 'private-interrupted',
        key: 'private:bob',
        isInterrupted: true,
        at: AT + 2,
      });
      return lineInWords(findPrivate(state, 'private:bob')!, state, enLazy.private);
    };
    expect(line('open')).toMatch(/^The private connection is interrupted/);
    expect(line('waiting')).toMatch(/^Accepted, but not open yet/);
  });

  it('says of a request that nobody knows of it whether it arrived, while the connection is interrupted', () => {
    const asking = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 50, at: AT });
    const dropped = reduce(asking, { type: 'dropped', at: AT + 1 });
    const line = (state: State) => lineInWords(findPrivate(state, 'private:bob')!, state, enLazy.private);
    expect([asking, dropped, reduce(dropped, { type: 'resumed', at: AT + 2 })].map(line)).toEqual([
      enLazy.private.asking('bob'),
      enLazy.private.askingCutOff('bob'),
      enLazy.private.asking('bob'),
    ]);
  });

  it('says of what is over how it ended', () => {
    for (const stage of ['closed', 'refused', 'lapsed'] as const) {
      const [here, gone] = lines(stage);
      expect(gone, stage).toBe(here);
    }
  });
});
