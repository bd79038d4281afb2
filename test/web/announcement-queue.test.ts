import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BATCH_MS, SETTLE_MS, AnnouncementQueue } from '../../web/components/shell/announcement-queue.ts';
import { en } from '../../web/i18n/en.ts';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { frLazy } from '../../web/i18n/fr-lazy.ts';
import type { LazyCatalogue } from '../../web/i18n/catalogue.ts';
import { lookAlikesIn } from '../../web/selectors/look-alikes.ts';
import { ignore, unignore } from '../../web/state/ignore-list.ts';
import { withLinkNote } from '../../web/state/link-note.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import { pageOf, plain, restore } from '../../web/state/saved-form.ts';
import type { Stage } from '../../web/state/stage.ts';
import type { State } from '../../web/state/state.ts';
import type { Event } from '../../web/state/reduce.ts';
import { AT, heard, inside, requested, run, told } from './support/events.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const KEY = 'private:bob';
const stage = (state: State, to: Stage) =>
  reducePrivate(state, { type: 'private-stage', key: KEY, stage: to, at: AT });

/** A screen reader, from this state on. */
function listen(from: State) {
  let state = from;
  const said: string[] = [];
  const phrases = {
    ...{ text: en, lazy: enLazy, list: (names: readonly string[]) => names.join(' and ') },
    get alike() {
      return lookAlikesIn(state);
    },
  };
  const telling = new AnnouncementQueue(
    state,
    (lines) => said.push(...lines),
    () => ({ phrases, region: 'en-GB', voice: 'all' }),
  );
  const now = (next: State) => telling.hear((state = next));
  return {
    /** What was said since the last call. */
    said: () => said.splice(0),
    happen: (...events: Event[]) => events.forEach((event) => now(run(state, event))),
    change: (by: (before: State) => State) => now(by(state)),
    speak: (language: LazyCatalogue) => void (phrases.lazy = language),
    telling,
  };
}

type Listener = ReturnType<typeof listen>;

describe('what a screen reader is told', () => {
  it('is in the order in which it happens, whatever is said at once and what together', () => {
    const { said, happen } = listen(inside);
    happen(heard('bob', 'one'), { type: 'dropped', at: AT });
    expect(said()).toEqual(['bob: one', enLazy.link.lost]);
    happen({ type: 'resumed', at: AT }, told('eve', 'psst'), heard('bob', 'two'));
    expect(said()).toEqual([enLazy.link.back]);
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual(['Direct message from eve: psst', 'bob: two']);
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([]);
  });

  it('says of whom it names that they look like another, once, before anything they say or ask', () => {
    const { said, happen, change } = listen(run(inside, heard('bob', 'hi')));
    const mark = 'The name “ｂob” looks like “bob”, and is somebody else’s.';
    happen(heard('ｂob', 'one'), told('ｂob', 'two'));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([mark, 'ｂob: one', 'Direct message from ｂob: two']);
    change((state) => reducePrivate(state, requested('ｂob')));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([mark, enLazy.private.asked('ｂob')]);
    happen({ type: 'opened', key: 'private:ｂob' });
    expect(said()).toEqual([mark, enLazy.private.asked('ｂob')]);
    happen(heard('eve', 'bob?'));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([]);
  });

  it('leaves out nothing that comes and goes between two pictures of the page', () => {
    const { said, happen, change } = listen(inside);
    happen({ type: 'dropped', at: AT });
    change((state) => withLinkNote(state, { kind: 'not-sent', at: AT }));
    change((state) => ignore(state, 'eve'));
    happen({ type: 'resumed', at: AT });
    expect(said()).toEqual([
      enLazy.link.lost,
      enLazy.link['not-sent'],
      enLazy.ignored.banner('eve'),
      enLazy.link.back,
    ]);
  });

  it('has how the open private connection stands among what is said there', () => {
    const { said, happen, change } = listen(inside);
    change((state) => reducePrivate(state, requested('bob')));
    happen({ type: 'opened', key: KEY });
    expect(said()).toEqual([enLazy.private.asked('bob'), enLazy.private.asked('bob')]);
    happen(told('eve', 'psst'));
    change((state) => stage(stage(state, 'waiting'), 'open'));
    expect(said()).toEqual(['Direct message from eve: psst', enLazy.private.open]);
    change((state) =>
      reducePrivate(state, {
        ...{ type: 'private-items', key: KEY, unfinished: null, at: AT },
        items: [{ kind: 'string', text: 'secret' }],
      }),
    );
    change((state) => stage(state, 'they-ended'));
    expect(said()).toEqual(['bob: secret', enLazy.private['they-ended']('bob')]);
  });

  it('is once that the other person has left, when the server is started anew', () => {
    const { said, happen, change } = listen(
      stage(stage(reducePrivate(inside, requested('bob')), 'waiting'), 'open'),
    );
    const control = (message: Extract<Event, { type: 'control' }>['message']): Event => ({
      ...{ type: 'control', message, at: AT },
    });
    const online = (server: string, ...logins: string[]) => control({ type: 'online', server, logins });
    const { lost, open, left } = enLazy.private;
    happen(online('one', 'ann', 'bob'), { type: 'opened', key: KEY });
    expect(said()).toEqual([open]);
    happen(control({ type: 'presence', joined: [], left: ['bob'] }));
    change((state) => stage(state, 'lost'));
    happen({ type: 'lost', at: AT });
    happen({ type: 'accepted', login: 'ann', at: AT }, online('two', 'ann'));
    happen(control({ type: 'presence', joined: ['bob'], left: [] }));
    vi.advanceTimersByTime(BATCH_MS);
    const { link, log } = enLazy;
    expect(said()).toEqual([
      ...[left('bob'), lost('bob'), link.lost, link.back],
      en.list.last(en.list.room, log.mayMiss),
      enLazy.people.joined('bob'),
    ]);
    // Who comes to it hears all of it.
    happen(control({ type: 'presence', joined: [], left: ['bob'] }));
    happen({ type: 'opened', key: 'room' }, { type: 'opened', key: KEY });
    expect(said()).toEqual([left('bob'), `${lost('bob')} ${left('bob')}`]);
  });

  it('says what may be missing where one reads, and in the room by its name', () => {
    const { said, happen } = listen(run(inside, told('bob', 'psst'), told('eve', 'psst')));
    happen({ type: 'opened', key: 'direct:bob' }, { type: 'lost', at: AT });
    happen({ type: 'accepted', login: 'ann', at: AT + 1 });
    vi.advanceTimersByTime(BATCH_MS);
    const { link, log } = enLazy;
    const inRoom = en.list.last(en.list.room, log.mayMiss);
    expect(said()).toEqual([link.lost, link.back, inRoom, log.mayMiss]);
    // One who has turned away meanwhile hears where.
    happen({ type: 'lost', at: AT + 2 }, { type: 'accepted', login: 'ann', at: AT + 3 });
    happen({ type: 'opened', key: 'room' });
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([link.lost, link.back, log.mayMiss, en.list.last('bob', log.mayMiss)]);
  });

  it('says how a private connection stands to who comes back to it, behind that the page is connected again', () => {
    const { said, happen, change } = listen(
      run(
        stage(stage(stage(reducePrivate(inside, requested('bob')), 'waiting'), 'open'), 'lost'),
        { type: 'opened', key: KEY },
        { type: 'dropped', at: AT },
      ),
    );
    change((state) => ({ ...state }));
    happen({ type: 'resumed', at: AT });
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([enLazy.link.back, enLazy.private.lost('bob')]);
  });

  it('is that there is no connection, for one who comes in without, unless it comes at once', () => {
    const { said, happen } = listen(run(inside, { type: 'dropped', at: AT }));
    happen({ type: 'chosen', choices: { visible: true } });
    expect(said()).toEqual([]);
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([enLazy.link.lost]);
    happen({ type: 'resumed', at: AT });
    expect(said()).toEqual([enLazy.link.back]);
  });

  it('says of each request and connection elsewhere, once, that it ended with the reload, but for those that had ended', () => {
    const asking = (login: string) => (state: State) =>
      reducePrivate(state, { type: 'private-asking', login, end: 1, at: AT });
    const refused = stage(asking('bob')(inside), 'refused');
    const pending = [requested('eve'), requested('pest')].reduce(reducePrivate, asking('zoe')(refused));
    const saved = {
      page: pageOf(pending, AT + 1),
      conversations: ignore(pending, 'pest').conversations.map(plain),
    };
    const back = restore({ ...inside, ignoreList: new Map([['pest', 'pest']]) }, 'ann', saved);
    const { said, happen } = listen(back);
    happen({ type: 'accepted', login: 'ann', at: AT + 1 }, { type: 'back-seen' });
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([
      enLazy.link.back,
      `Private connection with zoe: ${enLazy.private['asking-ended']('zoe')}`,
      `Private connection with eve: ${enLazy.private['asked-ended']('eve')}`,
      enLazy.log.mayMiss,
    ]);
    // What one reads is said by its heading alone.
    const there = listen(run(back, { type: 'opened', key: 'private:zoe' }));
    there.happen({ type: 'accepted', login: 'ann', at: AT + 1 });
    vi.advanceTimersByTime(BATCH_MS);
    expect(there.said().filter((line) => line.includes('zoe'))).toEqual([
      enLazy.private['asking-ended']('zoe'),
    ]);
  });

  it('is of two requests that cross that both have asked, there and elsewhere, whoever accepts', () => {
    const { said, happen, change } = listen(inside);
    const asks = (state: State) =>
      reducePrivate(state, { type: 'private-asking', login: 'bob', end: 1, at: AT });
    const both = enLazy.private.askedBoth('bob');
    change(asks);
    change((state) => reducePrivate(state, requested('bob')));
    change((state) => stage(stage(state, 'waiting'), 'open'));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([both, `Private connection with bob: ${enLazy.private.open}`]);
    happen({ type: 'opened', key: KEY });
    change((state) => asks(stage(state, 'closed')));
    said();
    change((state) => reducePrivate(state, requested('bob')));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([both]);
  });

  it('leaves out a stage that passes at once, and says at its place one that lasts', () => {
    const { said, happen, change } = listen(
      stage(stage(reducePrivate(inside, requested('bob')), 'waiting'), 'open'),
    );
    happen({ type: 'opened', key: KEY });
    said();
    change((state) => stage(state, 'ending'));
    happen(told('eve', 'psst'));
    change((state) => stage(state, 'closed'));
    expect(said()).toEqual(['Direct message from eve: psst', enLazy.private.closed]);
    change((state) => stage(state, 'waiting'));
    happen(told('eve', 'again'));
    expect(said()).toEqual([]);
    vi.advanceTimersByTime(SETTLE_MS);
    expect(said()).toEqual([enLazy.private.waiting('bob'), 'Direct message from eve: again']);
  });

  it('is how a private connection stands once, also while only the list is shown', () => {
    const { said, happen, change } = listen(
      run(
        reducePrivate(inside, requested('bob')),
        { type: 'opened', key: KEY },
        { type: 'chosen', choices: { pane: 'list' } },
      ),
    );
    change((state) => stage(stage(state, 'waiting'), 'open'));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([`Private connection with bob: ${enLazy.private.open}`]);
    happen({ type: 'opened', key: KEY });
    expect(said()).toEqual([enLazy.private.open]);
  });

  it('is how a private connection stands once, whatever language is chosen then', () => {
    const { said, happen, change, speak } = listen(
      stage(stage(reducePrivate(inside, requested('bob')), 'waiting'), 'open'),
    );
    happen({ type: 'opened', key: KEY });
    expect(said()).toEqual([enLazy.private.open]);
    speak(frLazy);
    happen(heard('eve', 'hi'));
    expect(said()).toEqual([]);
    change((state) => stage(state, 'closed'));
    expect(said()).toEqual([frLazy.private.closed]);
  });

  it('is not anew what became of a private connection when the other person leaves or comes back', () => {
    const { said, happen, change } = listen(inside);
    const presence = (joined: string[], left: string[]) =>
      happen({ type: 'control', message: { type: 'presence', joined, left }, at: AT });
    happen({ type: 'control', message: { type: 'online', server: '', logins: ['ann', 'bob'] }, at: AT });
    change((state) => reducePrivate(state, requested('bob')));
    happen({ type: 'opened', key: KEY });
    change((state) => stage(stage(stage(state, 'waiting'), 'open'), 'closed'));
    said();
    presence([], ['bob']);
    presence(['bob'], []);
    expect(said()).toEqual([enLazy.private.left('bob'), enLazy.people.joined('bob')]);
    // Nor is one who is away and asked anew said to be back.
    presence([], ['bob']);
    change((state) => reducePrivate(state, { type: 'private-asking', login: 'bob', end: 1, at: AT }));
    expect(said()).toEqual([enLazy.private.left('bob'), enLazy.private.asking('bob')]);
  });

  it('is that the other of the open direct conversation has left, or is back, unless the page does not know', () => {
    const { said, happen } = listen(run(inside, told('bob', 'psst'), { type: 'opened', key: 'direct:bob' }));
    const online: Event = {
      ...{ type: 'control', message: { type: 'online', server: '', logins: ['ann', 'bob'] }, at: AT },
    };
    const presence = (joined: string[], left: string[]) =>
      happen({ type: 'control', message: { type: 'presence', joined, left }, at: AT });
    happen(online);
    presence([], ['bob']);
    presence(['bob'], ['eve']);
    happen({ type: 'dropped', at: AT }, { type: 'resumed', at: AT });
    const { direct, people, link } = enLazy;
    expect(said()).toEqual([direct.absent('bob'), people.joined('bob'), link.lost, link.back]);
    happen({ type: 'opened', key: 'room' });
    presence([], ['bob']);
    expect(said()).toEqual([]);
  });

  it('is a request once its author is ignored no more', () => {
    const { said, change } = listen(ignore(inside, 'bob'));
    change((state) => reducePrivate(state, requested('bob')));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([]);
    change((state) => unignore(state, 'bob'));
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([enLazy.private.asked('bob'), enLazy.ignored.noMore('bob')]);
  });

  it('waits while nobody looks, and is in short what came meanwhile', () => {
    const { said, happen, change } = listen(inside);
    const look = (visible: boolean) => happen({ type: 'chosen', choices: { visible } });
    happen(heard('bob', 'one'));
    look(false);
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([]);
    look(true);
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual(['bob: one']);

    happen(heard('bob', 'two'));
    look(false);
    happen(heard('bob', 'three'), heard('eve', 'four, ann'), told('eve', 'psst'), heard('bob', 'five'));
    change((state) => ignore(state, 'pest'));
    vi.advanceTimersByTime(10 * BATCH_MS);
    expect(said()).toEqual([]);
    look(true);
    expect(said()).toEqual([
      '4 new messages. You are mentioned by eve.',
      'Direct message from eve: psst',
      enLazy.ignored.banner('pest'),
    ]);
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([]);
  });

  it('is how the connection stands when somebody looks again, and not each time that it broke', () => {
    const { said, happen } = listen(inside);
    const look = (visible: boolean) => happen({ type: 'chosen', choices: { visible } });
    const lose = () => happen({ type: 'dropped', at: AT });
    const comeBack = () => happen({ type: 'resumed', at: AT }, { type: 'back-seen' });
    look(false);
    lose();
    comeBack();
    lose();
    look(true);
    expect(said()).toEqual([enLazy.link.lost]);
    look(false);
    comeBack();
    look(true);
    expect(said()).toEqual([enLazy.link.back]);
    look(false);
    lose();
    comeBack();
    look(true);
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([]);
  });

  it('is nothing of the connection for one who is out: the join screen says why', () => {
    const banned = listen(inside);
    banned.happen({ type: 'banned', login: 'ann', at: AT });
    expect(banned.said()).toEqual([]);
    const gone = listen(inside);
    gone.happen({ type: 'lost', at: AT }, { type: 'name-held', at: AT });
    expect(gone.said()).toEqual([enLazy.link.lost, enLazy.link['name-held']]);
    gone.happen({ type: 'name-gone', login: 'ann', at: AT });
    expect(gone.said()).toEqual([]);
  });

  it('is after a loss that something may be missing, unless what was said then comes after all', () => {
    const lose = (events: Listener) => events.happen({ type: 'lost', at: AT });
    const accepted = { type: 'accepted', login: 'ann', at: AT + 1 } as const;
    const listener = listen(inside);
    lose(listener);
    listener.happen(accepted);
    expect(listener.said()).toEqual([enLazy.link.lost, enLazy.link.back]);
    vi.advanceTimersByTime(BATCH_MS);
    expect(listener.said()).toEqual([enLazy.log.mayMiss]);
    // Again with nothing said in between: the line in the log is one for both.
    lose(listener);
    listener.happen(accepted);
    vi.advanceTimersByTime(BATCH_MS);
    expect(listener.said()).toEqual([enLazy.link.lost, enLazy.link.back, enLazy.log.mayMiss]);

    // To one who is elsewhere, where.
    listener.happen({ type: 'direct-opened', login: 'eve' });
    lose(listener);
    listener.happen(accepted);
    vi.advanceTimersByTime(BATCH_MS);
    expect(listener.said().at(-1)).toBe(`Everyone: ${enLazy.log.mayMiss}`);

    const filled = listen(run(inside, heard('bob', 'before')));
    lose(filled);
    filled.happen(accepted);
    filled.said();
    const messages = [{ login: 'bob', text: 'before', age: 2 }];
    filled.happen({ type: 'control', message: { type: 'history', messages }, at: AT + 2 });
    vi.advanceTimersByTime(BATCH_MS);
    expect(filled.said()).toEqual([]);
    lose(filled);
    filled.happen({ type: 'resumed', at: AT + 1 });
    vi.advanceTimersByTime(BATCH_MS);
    expect(filled.said()).toEqual([enLazy.link.lost, enLazy.link.back]);
  });

  it('is nothing any more once the page is left', () => {
    const { said, happen, telling } = listen(inside);
    happen(heard('bob', 'one'));
    telling.clear();
    vi.advanceTimersByTime(BATCH_MS);
    expect(said()).toEqual([]);
  });
});
