import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { nextToSend } from '../../web/state/outgoing.ts';
import type { Event } from '../../web/state/reduce.ts';
import { initialState, type State } from '../../web/state/state.ts';
import { AT, heard, run } from './support/events.ts';

const accepted: Event = { type: 'accepted', login: 'ann', at: AT };
const online = (): Event => ({
  type: 'control',
  message: { type: 'online', server: 'one', logins: ['ann'] },
  at: AT,
});
/** The history, one message a second, each written as `login: text`. */
const history = (...said: string[]): Event => ({
  type: 'control',
  message: {
    type: 'history',
    messages: said.map((one, i) => {
      const [login, text] = one.split(': ');
      return { login: login!, text: text!, age: (said.length - i) * 1_000 };
    }),
  },
  at: AT,
});
const lost: Event = { type: 'lost', at: AT - 60_000 };
const shown = ({ conversations: [room] }: State) =>
  room.log.all.map((entry) =>
    entry.kind === 'said' ? `${entry.login}: ${entry.text}` : entry.kind === 'mark' ? entry.mark : entry.kind,
  );

const joined = run(initialState('en'), { type: 'join-asked', login: 'ann' }, accepted);

describe('the history of the room', () => {
  it('stands between two marks, with its own times, and calls nobody', () => {
    const hidden = run(
      joined,
      { type: 'chosen', choices: { visible: false } },
      history('bob: hi ann', 'lea: yes'),
    );
    expect(shown(hidden)).toEqual(['before', 'bob: hi ann', 'lea: yes', 'now']);
    const [room] = hidden.conversations;
    expect(room).toMatchObject({ unread: 0, mentions: 0, newFrom: null });
    expect(room.log.all[1]).toMatchObject({ at: AT - 2_000, early: true, mine: false });
  });

  it('says between the words of two holders of a login that it was taken anew', () => {
    const said = (login: string, text: string, retaken?: true) => ({
      login,
      text,
      age: 2_000,
      ...(retaken && { retaken }),
    });
    const messages = [
      said('bob', 'one'),
      said('bob', 'two', true),
      said('lea', 'hi', true),
      said('bob', 'three'),
      said('zo\u00e9', 'four', true),
      said('zoe\u0301', 'five'),
    ];
    const [room] = run(joined, {
      type: 'control',
      message: { type: 'history', messages },
      at: AT,
    }).conversations;
    expect(room.log.all.map((entry) => ('left' in entry ? [entry.left, entry.joined] : entry.kind))).toEqual([
      'mark',
      'said',
      'said',
      'said',
      [['bob'], ['bob']],
      'said',
      'said',
      [['zoe\u0301'], ['zoe\u0301']],
      'said',
      [['lea'], ['lea']],
      'mark',
    ]);
  });

  it('says after a loss that a login was taken anew behind the last words of it that are known, once', () => {
    const told = (...messages: Array<[text: string, retaken?: true]>): Event => ({
      type: 'control',
      message: {
        type: 'history',
        messages: messages.map(([text, retaken], i) => ({
          ...{ login: 'bob', text, age: (messages.length - i) * 1_000 },
          ...(retaken && { retaken }),
        })),
      },
      at: AT,
    });
    const known = run(joined, online(), heard('bob', 'one'), heard('bob', 'two'));
    const back = run(known, lost, accepted, told(['one'], ['two', true], ['three']));
    const lines = ['bob: one', 'bob: two', 'gap', 'before', 'presence', 'bob: three', 'now'];
    expect(shown(back)).toEqual(lines);
    // What was seen is not said again.
    const again = run(back, lost, accepted, told(['one'], ['two', true], ['three'], ['four']));
    expect(shown(again)).toEqual([...lines, 'gap', 'before', 'bob: four', 'now']);
  });

  it('shows after a loss what was said meanwhile, and nothing twice', () => {
    const known = run(joined, online(), heard('bob', 'one'), heard('bob', 'two'), lost, accepted);
    const back = run(known, history('bob: one', 'bob: two', 'lea: three'), online(), heard('lea', 'four'));
    expect(shown(back)).toEqual(['bob: one', 'bob: two', 'gap', 'before', 'lea: three', 'now', 'lea: four']);
  });

  it.each([
    ['long ago', 60_000],
    ['just now', 1_000],
  ])(
    'is not shown twice when the operator has had some of it forgotten, %s: its time tells it',
    (_when, unit) => {
      const said = [
        ['bob', 'one', 60],
        ['eve', 'spam', 59],
        ['bob', 'two', 58],
        ['eve', 'more spam', 50],
      ] as const;
      const known = run(
        joined,
        online(),
        ...said.map(([who, text, ago]) => heard(who, text, AT - ago * unit)),
      );
      const kept = [...said.filter(([who]) => who !== 'eve'), ['bob', 'three', 1] as const];
      const messages = kept.map(([login, text, ago]) => ({ login, text, age: ago * unit }));
      const told: Event = { type: 'control', message: { type: 'history', messages }, at: AT };
      const lines = shown(run(known, { type: 'lost', at: AT - 2 * unit }, accepted, told));
      expect(lines.slice(4)).toEqual(['gap', 'before', 'bob: three', 'now']);
    },
  );

  it('is shown when it only begins as what is known began: the same words, said again later', () => {
    const earlier = AT - 3_600_000;
    const known = run(joined, online(), heard('bob', 'ok', earlier), heard('eve', 'spam', earlier), lost);
    const back = run(known, accepted, history('bob: ok'));
    expect(shown(back)).toEqual(['bob: ok', 'eve: spam', 'gap', 'before', 'bob: ok', 'now']);
  });

  it('is news after a loss, as if the connection had held: it counts, calls, and is spoken', () => {
    const known = run(joined, online(), heard('bob', 'one'), lost, {
      type: 'chosen',
      choices: { visible: false },
    });
    const back = run(known, accepted, history('bob: one', 'lea: two', 'bob: @ann three', 'ann: four'));
    const [room] = back.conversations;
    expect(shown(back)).toEqual([
      'bob: one',
      'gap',
      'before',
      'lea: two',
      'bob: @ann three',
      'ann: four',
      'now',
    ]);
    // We have not said four: somebody has, who had our name meanwhile.
    expect(room).toMatchObject({ unread: 3, mentions: 1 });
    expect(
      room.log.all.flatMap((entry) => (entry.kind === 'said' && entry.mention ? entry.text : [])),
    ).toEqual(['@ann three']);
    expect(room.log.all.some((entry) => entry.kind === 'said' && entry.early)).toBe(false);
  });

  describe('fills the gap it stands in', () => {
    const filled = (state: State) =>
      state.conversations[0].log.all.flatMap((entry) =>
        entry.kind === 'gap' ? [entry.isFilled ?? false] : [],
      );
    const known = run(joined, online(), heard('bob', 'one'), heard('bob', 'two'), lost, accepted);

    it('when it begins before the loss, whether anything was said meanwhile or not', () => {
      expect(filled(run(known, history('bob: one', 'bob: two', 'lea: three')))).toEqual([true]);
      expect(filled(run(known, history('bob: one', 'bob: two')))).toEqual([true]);
    });

    it('and no other, which is told apart when both are shown', () => {
      const twice = run(known, heard('lea', 'three'), lost, accepted);
      expect(filled(run(twice, history('bob: one', 'bob: two', 'lea: three', 'lea: four')))).toEqual([
        false,
        true,
      ]);
    });

    it('not when it begins later, or nothing says where it begins', () => {
      expect(filled(run(known, history('bob: two', 'lea: three')))).toEqual([false]);
      expect(filled(run(known, history('lea: three')))).toEqual([false]);
      expect(filled(run(joined, online(), lost, accepted, history('lea: three')))).toEqual([false]);
    });

    it('until the connection is lost again', () => {
      const again = run(known, history('bob: one', 'bob: two'), lost, accepted);
      expect(filled(again)).toEqual([false]);
      expect(filled(run(again, history('bob: one', 'bob: two')))).toEqual([true]);
    });
  });

  it('adds nothing when nothing was said meanwhile', () => {
    const known = run(joined, online(), heard('bob', 'one'), lost, accepted);
    expect(shown(run(known, history('bob: one'), online()))).toEqual(['bob: one', 'gap']);
  });

  it('tells repetitions apart by what is before them', () => {
    const known = run(
      joined,
      online(),
      heard('bob', 'yes'),
      heard('bob', 'no'),
      heard('bob', 'yes'),
      lost,
      accepted,
    );
    expect(shown(run(known, history('bob: yes', 'bob: no', 'bob: yes', 'lea: ok', 'bob: yes')))).toEqual([
      ...['bob: yes', 'bob: no', 'bob: yes', 'gap'],
      ...['before', 'lea: ok', 'bob: yes', 'now'],
    ]);
  });

  it('proves that a message was delivered that was on its way at the loss', () => {
    const written = run(joined, online(), { type: 'written', key: 'room', text: 'mine', at: AT });
    const sent = run(written, { type: 'sent', id: nextToSend(written)!.message.id, end: 10 }, lost, accepted);
    const back = run(sent, history('ann: mine'), online());
    expect(shown(back)).toEqual(['gap', 'before', 'ann: mine', 'now']);
    expect(back.conversations[0].outgoing).toEqual([]);
    // Anything else under this name was said by somebody who had it meanwhile, perhaps.
    const said = run(back, lost, accepted, history('ann: mine', 'ann: theirs'));
    expect(said.conversations[0].log.all.flatMap((one) => (one.kind === 'said' ? one.mine : []))).toEqual([
      true,
      false,
    ]);
  });

  it('completes what is known, wherever the loss was', () => {
    const message = fc.constantFrom('bob: a', 'bob: b', 'lea: a', 'lea: c');
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(99), { minLength: 1 }), fc.nat(), (numbers, cut) => {
        // Texts that differ, so that there is one right answer.
        const all = numbers.map((number) => `bob: ${number}`);
        const at = cut % (all.length + 1);
        const told = all.slice(0, at).map((one) => heard('bob', one.slice(5)));
        const back = run(joined, online(), ...told, lost, accepted, history(...all));
        expect(shown(back).filter((one) => one.includes(': '))).toEqual(all);
      }),
    );
    fc.assert(
      fc.property(fc.array(message), fc.array(message), (before, since) => {
        const told = before.map((one) => heard(one.slice(0, 3), one.slice(5)));
        const back = run(joined, online(), ...told, lost, accepted, history(...before, ...since));
        const lines = shown(back).filter((one) => one.includes(': '));
        expect(lines.slice(0, before.length)).toEqual(before);
        expect(lines.length).toBeLessThanOrEqual(before.length + since.length);
      }),
    );
  });
});
