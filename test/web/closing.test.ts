import { describe, expect, it } from 'vitest';
import { Opcode } from '../../shared/protocol/commands.ts';
import { callSince } from '../../web/platform/attention.ts';
import { callingRequests, lastAt, listConversations } from '../../web/selectors/conversation-list.ts';
import { transcriptOf } from '../../web/selectors/transcript.ts';
import {
  canClose,
  close,
  isNothing,
  isUnanswered,
  lossByClosing,
  lossOf,
  olderThanSaved,
} from '../../web/state/closing.ts';
import { patch } from '../../web/state/conversations.ts';
import { Drafts } from '../../web/state/drafts.ts';
import { ignore } from '../../web/state/ignore-list.ts';
import { createListActions } from '../../web/state/list-actions.ts';
import { Log, MAX_ENTRIES } from '../../web/state/log.ts';
import { pageOf, pendingPartners, savedFormOf, withEarlier } from '../../web/state/saved-form.ts';
import type { Stage } from '../../web/state/stage.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import { reduce } from '../../web/state/reduce.ts';
import { findPrivate, initialState, type State } from '../../web/state/state.ts';
import { callsOf, totalUnread } from '../../web/selectors/unread.ts';
import { createStore } from '../../web/state/store.ts';
import { heard as room, requested, run, told as direct } from './support/events.ts';

const AT = new Date(2026, 10, 26, 13, 56).getTime();
const heard = (msg: string, login = 'bob') => room(login, msg, AT);
const told = (login: string, msg: string, at = AT) => direct(login, msg, at);
const inside = run(initialState('en'), { type: 'accepted', login: 'ann', at: AT });
const away = run(inside, { type: 'chosen', choices: { visible: false } });
const BOB = 'direct:bob';
const of = (state: State, key: string) => state.conversations.find((one) => one.key === key);
const shown = (state: State) => {
  const { directs, privates } = listConversations(state);
  return [...directs, ...privates].map(({ key }) => key);
};
/** Brings a private connection with bob to this stage, with one message in it. */
const privateAt = (stage: Stage): State => {
  const asked = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 1, at: AT });
  const opened = reducePrivate(asked, { type: 'private-stage', key: 'private:bob', stage: 'open', at: AT });
  const items = [{ kind: 'message', login: 'bob', msg: 'secret' }] as const;
  const said = reducePrivate(opened, {
    type: 'private-items',
    key: 'private:bob',
    items,
    unfinished: null,
    at: AT,
  });
  return reducePrivate(said, { type: 'private-stage', key: 'private:bob', stage, at: AT });
};

describe('the list of conversations', () => {
  it('has the one with the latest message first, by both sides, and one just begun before all', () => {
    const state = run(inside, told('zoe', 'a', AT), told('bob', 'b', AT + 1), told('zoe', 'c', AT + 2));
    expect(shown(state)).toEqual(['direct:zoe', BOB]);
    const answered = run(state, { type: 'written', key: BOB, text: 'x', at: AT + 3 });
    expect(shown(answered)).toEqual([BOB, 'direct:zoe']);
    expect(lastAt(of(answered, BOB)!)).toBe(AT + 3);
    const begun = run(answered, { type: 'direct-opened', login: 'Ann' });
    expect(shown(begun)).toEqual(['direct:Ann', BOB, 'direct:zoe']);
    expect(lastAt(of(begun, 'direct:Ann')!)).toBeNull();
  });

  it('counts what calls: mentions, direct messages and requests', () => {
    const asked = reducePrivate(run(away, heard('hi'), heard('ann!'), told('bob', 'psst')), {
      type: 'received',
      command: { opcode: Opcode.REQUEST_PRIVATE, login_requester: 'eve', login_target: 'ann' },
      at: AT,
    });
    expect(asked.conversations.map(callsOf)).toEqual([1, 1, 1]);
    expect(asked.conversations.map(({ unread }) => unread)).toEqual([2, 1, 1]);
  });

  it('has what asks in one that is muted, and only it: no card, no number, no voice', () => {
    const asks = reducePrivate(away, requested('eve'));
    expect(callingRequests(asks)).toHaveLength(1);
    // The open conversation has it in its heading: a menu, or a panel, over it brings up no card.
    const open = run(asks, { type: 'opened', key: 'private:eve' });
    const covered = run(open, { type: 'chosen', choices: { covered: true } });
    const list = run(open, { type: 'chosen', choices: { pane: 'list' } });
    expect([open, covered, list].map((state) => callingRequests(state).length)).toEqual([0, 0, 1]);
    const muted = reducePrivate(patch(privateAt('closed'), 'private:bob', { muted: true }), requested('bob'));
    expect(of(muted, 'private:bob')).toMatchObject({ asked: true });
    expect([callingRequests(muted), totalUnread(muted)]).toEqual([[], 0]);
    expect(shown(muted)).toEqual(['private:bob']);
  });

  it('keeps a muted one that neither calls nor counts, and its last time', () => {
    const muted = run(patch(away, 'room', { muted: true }), heard('ann!'));
    expect(muted.conversations[0]).toMatchObject({ unread: 1, muted: true });
    expect([callsOf(muted.conversations[0]), totalUnread(muted)]).toEqual([0, 0]);
    expect(callSince(away, muted)).toBeUndefined();
    const quiet = run(patch(run(away, told('bob', 'a')), BOB, { muted: true }), told('bob', 'b'));
    expect(callsOf(of(quiet, BOB)!)).toBe(0);
    expect(callsOf(of(patch(quiet, BOB, { muted: false }), BOB)!)).toBe(2);
    const saved = {
      page: pageOf(muted, AT),
      conversations: muted.conversations.map((one) => savedFormOf(one, '')),
    };
    expect(withEarlier(inside, saved).conversations[0].muted).toBe(true);
  });
});

describe('closing a conversation', () => {
  it('takes a direct one off the list, with all that was said, until the person writes or is written to', () => {
    const before = run(inside, told('bob', 'psst'), { type: 'opened', key: BOB });
    const closed = close(before, BOB, false);
    expect(shown(closed)).toEqual([]);
    expect(closed.active).toBe('room');
    expect(of(closed, BOB)).toMatchObject({ log: { all: [{ text: 'psst' }] }, unread: 0 });
    expect(shown(run(closed, told('bob', 'again')))).toEqual([BOB]);
    expect(shown(run(closed, { type: 'direct-opened', login: 'bob' }))).toEqual([BOB]);
    expect(of(run(closed, told('bob', 'again')), BOB)?.log.all).toHaveLength(2);
  });

  it('goes back to the list where only one pane fits, and opens the room beside it where both do', () => {
    for (const isAlone of [true, false]) {
      const store = createStore(reduce, run(inside, told('bob', 'psst'), { type: 'opened', key: BOB }));
      const { openings } = store.state;
      createListActions(store, new Drafts(), () => isAlone).close(BOB);
      expect(store.state).toMatchObject(
        isAlone
          ? { active: 'room', pane: 'list', openings }
          : { active: 'room', pane: 'conversation', openings: openings + 1 },
      );
      // The room is not seen, and so not read, while the list is.
      expect(run(store.state, heard('ann?')).conversations[0].unread).toBe(isAlone ? 1 : 0);
    }
  });

  it('forgets a direct one in which there is nothing, unless something was begun', () => {
    const begun = run(inside, { type: 'direct-opened', login: 'bob' });
    expect(of(close(begun, BOB, false), BOB)).toBeUndefined();
    expect(of(close(begun, BOB, true), BOB)).toMatchObject({ closed: true });
  });

  it('says of several what is unread in them, and of one what its row has not said', () => {
    const both = run(away, told('bob', 'a'), told('zoe', 'b'), told('zoe', 'c'));
    const directs = both.conversations.slice(1);
    const loss = { messages: 0, unsent: 0, drafts: 0 };
    expect(lossByClosing(directs, () => 'begun')).toMatchObject({ ...loss, unread: 3 });
    expect(isNothing(lossByClosing(directs, () => ''))).toBe(false);
    expect(lossByClosing(directs.slice(1), () => '')).toMatchObject({ ...loss, unread: 0 });
  });

  it('is proposed for those that were never answered: nothing of ours is in them, on its way or begun', () => {
    const begun = run(inside, { type: 'direct-opened', login: 'bob' });
    expect(isUnanswered(of(begun, BOB)!, '')).toBe(false);
    const asked = run(begun, told('bob', 'psst'));
    expect(isUnanswered(of(asked, BOB)!, '')).toBe(true);
    expect(isUnanswered(of(ignore(asked, 'bob'), BOB)!, '')).toBe(true);
    expect(isUnanswered(of(asked, BOB)!, 'half')).toBe(false);
    const answered = run(asked, { type: 'written', key: BOB, text: 'x', at: AT });
    expect(isUnanswered(of(answered, BOB)!, '')).toBe(false);
    expect(isUnanswered(asked.conversations[0], '')).toBe(false);
  });

  it('gives up what was not sent, and says so before', () => {
    const failed = run(
      inside,
      { type: 'direct-opened', login: 'bob' },
      { type: 'written', key: BOB, text: 'x', at: AT },
    );
    expect(lossByClosing([of(failed, BOB)!], () => 'begun')).toMatchObject({
      messages: 0,
      unsent: 1,
      drafts: 0,
      unread: 0,
    });
    expect(of(close(failed, BOB, true), BOB)).toMatchObject({ outgoing: [], closed: true });
  });

  it.each(['closed', 'lost', 'refused', 'absent', 'lapsed', 'cancelled'] as const)(
    'forgets a private connection that is %s, and says before what is lost',
    (stage) => {
      const over = privateAt(stage);
      const there = findPrivate(over, 'private:bob')!;
      expect(canClose(there)).toBe(true);
      expect(lossByClosing([there], () => '')).toMatchObject({ messages: 1, partners: [] });
      expect(findPrivate(close(over, 'private:bob', false), 'private:bob')).toBeUndefined();
    },
  );

  it.each(['waiting', 'open', 'i-ended', 'they-ended'] as const)('is not for one that is %s', (stage) => {
    const live = privateAt(stage);
    expect(canClose(findPrivate(live, 'private:bob')!)).toBe(false);
    expect(close(live, 'private:bob', false)).toBe(live);
    expect(close(live, 'room', false)).toBe(live);
    // Who leaves ends it, though nobody has said anything in it.
    expect(lossOf(live.conversations, () => '')).toMatchObject({ partners: ['bob'] });
  });

  it('leaves the list in sight where only that fits', () => {
    const list = run(
      inside,
      told('bob', 'x'),
      { type: 'opened', key: BOB },
      { type: 'chosen', choices: { pane: 'list' } },
    );
    const closed = close(list, BOB, false);
    expect(closed).toMatchObject({ pane: 'list', active: 'room', openings: list.openings });
  });

  it('forgets the draft of one that is gone, and keeps that of one that comes back', () => {
    const store = createStore(reduce, run(privateAt('closed'), told('bob', 'psst')));
    const drafts = new Drafts();
    drafts.set('private:bob', 'half');
    drafts.set(BOB, 'half');
    const list = createListActions(store, drafts);
    list.close('private:bob');
    list.close(BOB);
    expect([drafts.of('private:bob'), drafts.of(BOB)]).toEqual(['', 'half']);
    expect(shown(store.state)).toEqual([]);
  });
});

describe('a request that was refused', () => {
  const asks = (state: State, login_requester: string) =>
    reducePrivate(state, {
      type: 'received',
      command: { opcode: Opcode.REQUEST_PRIVATE, login_requester, login_target: 'ann' },
      at: AT,
    });
  const refuse = (state: State) =>
    reducePrivate(state, { type: 'private-declined', key: 'private:bob', at: AT });

  it('leaves nothing in the list where there was nothing else, and comes back when it is made again', () => {
    const refused = refuse(asks(inside, 'bob'));
    expect([shown(refused), totalUnread(refused)]).toEqual([[], 0]);
    expect(shown(asks(refused, 'bob'))).toEqual(['private:bob']);
    expect(shown(refuse(asks(privateAt('closed'), 'bob')))).toEqual(['private:bob']);
    const open = run(asks(inside, 'bob'), { type: 'opened', key: 'private:bob' });
    expect(shown(refuse(open))).toEqual(['private:bob']);
  });

  it('cannot be accepted once a long list of who is here, in parts, is without who asked', () => {
    const asked = asks(asks(inside, 'bob'), 'eve');
    const list = [
      { type: 'online', server: 'one', logins: ['ann'], more: true },
      { type: 'also-online', logins: ['eve'] },
    ] as const;
    const after = list.reduce((state, message) => {
      const event = { type: 'control', message, at: AT } as const;
      return reducePrivate(reduce(state, event), event);
    }, asked);
    expect(findPrivate(after, 'private:bob')?.asked).toBe(false);
    expect(findPrivate(after, 'private:eve')?.asked).toBe(true);
  });
});

describe('what is lost by leaving', () => {
  it('is every private connection that has not ended', () => {
    for (const stage of ['waiting', 'open', 'i-ended', 'they-ended', 'ending'] as const)
      expect(pendingPartners(privateAt(stage))).toEqual(['bob']);
    for (const stage of ['closed', 'lost', 'lapsed'] as const)
      expect(pendingPartners(privateAt(stage))).toEqual([]);
    const asked = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 1, at: AT });
    expect(pendingPartners(asked)).toEqual(['bob']);
  });

  it('is not what somebody asks for who is ignored, which is seen nowhere; but what is open with them', () => {
    const asks = reducePrivate(inside, requested('eve'));
    expect(pendingPartners(asks)).toEqual(['eve']);
    expect(pendingPartners(ignore(asks, 'eve'))).toEqual([]);
    expect(pendingPartners(ignore(privateAt('open'), 'bob'))).toEqual(['bob']);
  });

  it('is nothing where nobody has written anything', () => {
    const state = run(inside, { type: 'control', message: { type: 'notice', text: 'hi' }, at: AT });
    const loss = lossOf(state.conversations, () => ' ');
    expect(isNothing(loss)).toBe(true);
    expect(isNothing({ ...loss, partners: ['bob'] })).toBe(false);
  });

  it('is every message, what was not sent, and what was begun', () => {
    const state = run(inside, heard('hi'), told('bob', 'psst'), {
      type: 'written',
      key: 'room',
      text: 'x',
      at: AT,
    });
    const loss = lossOf(state.conversations, (key) => (key === BOB ? 'half' : ''));
    expect(loss).toEqual({ messages: 2, unsent: 1, drafts: 1, unread: 0, partners: [] });
  });

  it('is what is older than is saved, when one leaves for another visit', () => {
    const full = (count: number) => {
      const state = run(inside, heard('hi'));
      const [said] = state.conversations[0].log.all;
      return { ...state.conversations[0], log: new Log(Array.from({ length: count }, () => said!)) };
    };
    for (const count of [1, 2_000, 2_001, 5_000]) {
      const { entries } = savedFormOf(full(count), '');
      const saved = entries.filter(({ kind }) => kind === 'said').length;
      expect([count, olderThanSaved([full(count)])]).toEqual([count, count - saved]);
    }
    expect(olderThanSaved([full(5_000)])).toBe(3_001);
  });

  it('can be saved as text, what an ignored person said, what was not sent and what may be missing included', () => {
    const { conversations } = run(
      { ...inside, ignoreList: new Map([['pest', 'pest']]) },
      heard('hi'),
      heard('buy!', 'pest'),
      { type: 'lost', at: AT },
      { type: 'accepted', login: 'ann', at: AT + 60_000 },
      { type: 'written', key: 'room', text: 'x', at: AT },
      { type: 'direct-opened', login: 'bob' },
    );
    const words = {
      self: 'ann',
      notice: 'From the server:',
      gap: () => 'Something may be missing.',
      letGo: 'Older lines are gone.',
      left: () => '',
      joined: () => '',
      note: () => '',
      fates: { 'not-sent': 'Not sent:', unconfirmed: 'Perhaps not:' },
    };
    const lines = [
      '# Everyone',
      '[2026-11-26 13:56] bob: hi',
      '[2026-11-26 13:56] pest: buy!',
      '[2026-11-26 13:57] Something may be missing.',
      '[2026-11-26 13:56] Not sent: ann: x',
      '',
    ];
    expect(conversations.map((one) => transcriptOf(one, words, 'Everyone'))).toEqual([lines.join('\n'), '']);
    const filled = conversations.map((one) => ({
      ...one,
      log: new Log(one.log.all.map((entry) => (entry.kind === 'gap' ? { ...entry, isFilled: true } : entry))),
    }));
    lines.splice(3, 1);
    expect(transcriptOf(filled[0]!, words, 'Everyone')).toBe(lines.join('\n'));
    // What a flood has pushed out is not in the file, which says so, after a reload as well.
    const entries = Array.from({ length: MAX_ENTRIES + 1 }, () => conversations[0].log.all[0]!);
    const full = { ...conversations[0], log: new Log(entries) };
    const restored = {
      ...full,
      log: new Log(savedFormOf({ ...full, log: new Log(entries.slice(1)) }, '').entries),
    };
    for (const one of [full, restored]) {
      const [title, letGo, line] = transcriptOf(one, words, 'Everyone').split('\n');
      expect([title, letGo, line]).toEqual([
        '# Everyone',
        '[2026-11-26 13:56] Older lines are gone.',
        lines[1],
      ]);
    }
  });
});

describe('what is covered', () => {
  it('is not read until it can be seen again', () => {
    const covered = run(inside, { type: 'chosen', choices: { covered: true } }, heard('hi'));
    expect(covered.conversations[0].unread).toBe(1);
    const seen = run(covered, { type: 'chosen', choices: { covered: false } });
    expect(seen.conversations[0].unread).toBe(0);
  });
});
