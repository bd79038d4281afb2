import { describe, expect, it } from 'vitest';
import { callSince } from '../../web/platform/attention.ts';
import { toBlocks } from '../../web/selectors/blocks.ts';
import { listConversations } from '../../web/selectors/conversation-list.ts';
import { isSilenced, callsOf, totalUnread } from '../../web/selectors/unread.ts';
import {
  firstHidden,
  hiddenCount,
  unignoreAndShow,
  ignore,
  isOnIgnoreList,
  unignore,
} from '../../web/state/ignore-list.ts';
import { pageOf, savedFormOf, withEarlier, restore } from '../../web/state/saved-form.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import { initialState, type State } from '../../web/state/state.ts';
import { AT, heard, inside, requested, run, told } from './support/events.ts';

const asks = (state: State, login_requester: string): State =>
  reducePrivate(state, requested(login_requester));
const away = run(inside, { type: 'chosen', choices: { visible: false } });
const kinds = (state: State) => state.conversations[0].log.all.map(({ kind }) => kind);
const shown = (state: State) => {
  const { directs, privates } = listConversations(state);
  return [...directs, ...privates].map(({ key }) => key);
};

describe('a person who is ignored', () => {
  const ignoring = ignore(away, 'pest');

  it('is not heard in the room: no count, no mention, no call, and a line that tells how much there is', () => {
    const state = run(ignoring, heard('pest', 'hi'), heard('pest', 'ann!'), heard('bob', 'hello'));
    expect(state.conversations[0]).toMatchObject({ unread: 1, mentions: 0 });
    expect(kinds(state)).toEqual(['ignored', 'ignored', 'said']);
    const blocks = toBlocks(state.conversations[0].log.all, null, '', false);
    expect(blocks.find(({ kind }) => kind === 'ignored')).toMatchObject({ said: [{ text: 'hi' }, {}] });
    expect(callSince(ignoring, state)).toBeUndefined();
  });

  it('brings up no conversation by a direct message or a request, and both are counted', () => {
    const state = asks(run(ignoring, told('pest', 'psst'), told('pest', 'hey')), 'pest');
    expect(shown(state)).toEqual([]);
    expect(totalUnread(state)).toBe(0);
    expect(hiddenCount(state)).toBe(3);
    expect(hiddenCount(state, 'pest')).toBe(3);
    expect(hiddenCount(state, 'bob')).toBe(0);
    expect(callSince(ignoring, state)).toBeUndefined();
  });

  it('brings up, once no longer ignored, what was written and asked meanwhile: nothing vanishes', () => {
    const state = asks(run(ignoring, told('pest', 'psst')), 'pest');
    expect(firstHidden(state, 'pest')).toBe('direct:pest');
    const back = unignoreAndShow(state, 'pest');
    expect(shown(back)).toEqual(['direct:pest', 'private:pest']);
    expect(totalUnread(back)).toBe(0);
    const asked = asks(ignoring, 'pest');
    expect(firstHidden(asked, 'pest')).toBe('private:pest');
    expect(shown(unignoreAndShow(asked, 'bob'))).toEqual([]);
    expect(unignoreAndShow(asked, 'pest').ignoreList.size).toBe(0);
  });

  it('is one person in every form of the login, and no other (D8)', () => {
    const state = ignore(inside, 'Ine\u0300s');
    expect(isOnIgnoreList(state, 'In\u00e8s')).toBe(true);
    expect(isOnIgnoreList(state, 'in\u00e8s')).toBe(false);
    expect(kinds(run(state, heard('In\u00e8s', 'x'), heard('Ines', 'y')))).toEqual(['ignored', 'said']);
  });

  it('is hidden in what was said before, which calls no more; and shown again afterwards, as nothing new', () => {
    const before = asks(run(away, heard('pest', 'ann?'), heard('bob', 'ann?'), told('pest', 'psst')), 'pest');
    expect(before.conversations.map(callsOf)).toEqual([2, 1, 1]);
    const hidden = ignore(before, 'pest');
    expect(hidden.conversations.map(callsOf)).toEqual([1, 0, 0]);
    expect(kinds(hidden)).toEqual(['ignored', 'said']);
    const back = unignore(hidden, 'pest');
    expect(back.conversations.map(({ log }) => log.all)).toEqual(
      before.conversations.map(({ log }) => log.all),
    );
    expect(back.conversations.map(callsOf)).toEqual([1, 0, 0]);
    expect(run(back, told('pest', 'again')).conversations.map(callsOf)).toEqual([1, 1, 0]);
  });

  it('shows nothing that comes raw over a private connection either, until no longer ignored', () => {
    const key = 'private:pest';
    const open = reducePrivate(asks(inside, 'pest'), { type: 'private-stage', key, stage: 'open', at: AT });
    const logOf = (state: State) => state.conversations[1]!.log.all.slice(2);
    const came = (state: State, text: string, unfinished = '') =>
      reducePrivate(state, {
        ...{ type: 'private-items', key, at: AT, items: text ? [{ kind: 'text', text }] : [] },
        unfinished: unfinished ? { kind: 'text', text: unfinished } : null,
      });
    const before = came(open, 'one\n');
    const hidden = came(came(ignore(before, 'pest'), '', 'tw'), 'two\n');
    expect(logOf(hidden)).toMatchObject([
      { kind: 'ignored', text: 'one\n' },
      { kind: 'ignored', text: 'two\n' },
    ]);
    expect(logOf(unignore(hidden, 'pest'))).toEqual(
      logOf(came(came(came(open, 'one\n'), '', 'tw'), 'two\n')),
    );
  });

  it('is written to as before, and is not oneself', () => {
    const state = run(ignoring, { type: 'direct-opened', login: 'pest' }, told('pest', 'psst'));
    expect(shown(state)).toEqual(['direct:pest']);
    expect(ignore(inside, 'ann')).toBe(inside);
    expect(unignore(inside, 'bob')).toBe(inside);
  });

  it('stays ignored after leaving, and in what comes back of an earlier visit', () => {
    expect(run(ignoring, { type: 'left' }).ignoreList.size).toBe(1);
    const said = run(inside, heard('pest', 'hi'));
    const saved = {
      page: pageOf(said, AT),
      conversations: said.conversations.map((one) => savedFormOf(one, '')),
    };
    const { ignoreList } = ignoring;
    expect(kinds(restore({ ...initialState('en'), ignoreList }, 'ann', saved))).toEqual(['ignored']);
    expect(kinds(withEarlier({ ...inside, ignoreList }, saved))).toEqual(['ignored']);
    const hidden = run(ignoring, heard('pest', 'hi'));
    const kept = {
      page: pageOf(hidden, AT),
      conversations: hidden.conversations.map((one) => savedFormOf(one, '')),
    };
    expect(kinds(restore(initialState('en'), 'ann', kept))).toEqual(['said']);
  });

  it('is silent for all that announces, as is a muted conversation', () => {
    const [room] = ignoring.conversations;
    expect(isSilenced(ignoring, room, 'pest')).toBe(true);
    expect(isSilenced(ignoring, room, 'bob')).toBe(false);
    expect(isSilenced(ignoring, { ...room, muted: true }, 'bob')).toBe(true);
  });
});
