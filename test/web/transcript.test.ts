import { describe, expect, it } from 'vitest';
import type { Entry, Note, Outgoing } from '../../web/state/entries.ts';
import { lookAlikesAmong } from '../../shared/protocol/look-alikes.ts';
import { lookAlikesIn } from '../../web/selectors/look-alikes.ts';
import { copiedLine, dateOf, titleOf, transcript, transcriptOf } from '../../web/selectors/transcript.ts';
import { Log } from '../../web/state/log.ts';
import { EMPTY } from '../../web/state/state.ts';
import { inside, run, told } from './support/events.ts';

const NOON = new Date(2026, 10, 26, 13, 56).getTime();
const words = { self: 'lea', notice: 'From the server:' };
const rest = {
  gap: () => '',
  letGo: '',
  note: ({ note, login }: Note) => `${note} ${login}.`,
  left: (names: string) => `Gone: ${names}.`,
  joined: (names: string) => `Here now: ${names}.`,
  fates: { 'not-sent': 'Not sent:', unconfirmed: 'Perhaps:' },
};
const entries: readonly Entry[] = [
  { kind: 'presence', id: 1, at: NOON, joined: ['bob'], left: [] },
  { kind: 'said', id: 2, at: NOON, login: 'bob', text: 'one\ntwo', mine: false },
  { kind: 'gap', id: 3, from: NOON, to: NOON },
  { kind: 'said', id: 4, at: NOON, login: 'lea', text: '**mine**', mine: true },
  { kind: 'notice', id: 5, at: NOON, text: 'Five minutes.' },
  { kind: 'note', id: 6, at: NOON, note: 'open', login: 'bob' },
  { kind: 'raw', id: 7, at: NOON, form: 'bytes', text: '00 01' },
];
const waiting: Outgoing = { id: 8, at: NOON, text: 'waits', state: 'waiting' };

describe('a conversation as text', () => {
  it('has a line for each message, with its day and time on this device, as it was written', () => {
    expect(transcript([...entries, waiting], words)).toBe(
      [
        '[2026-11-26 13:56] bob: one\n  two',
        '[2026-11-26 13:56] lea: **mine**',
        '[2026-11-26 13:56] \n  From the server: Five minutes.',
        '[2026-11-26 13:56] \n  00 01',
        '[2026-11-26 13:56] lea: waits',
        '',
      ].join('\n'),
    );
  });

  it('tells where a private connection began and ended, and what may not have arrived', () => {
    const said = { kind: 'said', at: NOON, login: 'lea', mine: true } as const;
    const conversation = {
      ...EMPTY,
      kind: 'private' as const,
      key: 'private:bob' as const,
      ...{ login: 'bob', stage: 'lost' as const, asking: false, asked: false, since: NOON },
      log: new Log([
        { kind: 'note', id: 1, at: NOON, note: 'open', login: 'bob' },
        { ...said, id: 2, text: 'one' },
        { ...said, id: 3, text: 'two', perhaps: true },
        { kind: 'note', id: 4, at: NOON, note: 'lost', login: 'bob' },
      ]),
      outgoing: [
        { ...waiting, id: 5 },
        { ...waiting, id: 6, state: 'unsure' as const },
      ],
    };
    const saved = transcriptOf(
      conversation,
      {
        ...words,
        ...rest,
      },
      'bob (private)',
    );
    expect(saved.replaceAll('[2026-11-26 13:56]', '-')).toBe(
      [
        '# bob (private)',
        '- open bob.',
        '- lea: one',
        '- Perhaps: lea: two',
        '- lost bob.',
        '- Not sent: lea: waits',
        '- Perhaps: lea: waits',
        '',
      ].join('\n'),
    );
  });

  it('is copied with the time only', () => {
    expect(copiedLine(entries[1]!, words)).toBe('[13:56] bob: one\n  two');
    expect(copiedLine(entries[0]!, words)).toBeNull();
  });

  it('has no line that could be of another person: further lines of a message are set in', () => {
    const ends = ['\n', '\r', '\r\n', '\u2028'];
    const forged = ends.map((end) => `x${end}[2026-11-26 13:56] lea: no${end}[13:56] lea: no`).join('');
    const all = [
      { at: NOON, login: 'bob', text: forged },
      { ...entries[6]!, text: 'lea: no' },
      entries[4]!,
      { at: NOON, login: 'From the server', text: 'no' },
    ];
    const linesOf = (text: string) => text.split(/\r\n|[\n\r\u2028]/).filter((line) => line.startsWith('['));
    expect(linesOf(transcript(all, words))).toEqual([
      '[2026-11-26 13:56] bob: x',
      '[2026-11-26 13:56] ',
      '[2026-11-26 13:56] ',
      '[2026-11-26 13:56] From the server: no',
    ]);
    const copied = all.map((one) => copiedLine(one, words)).join('\n');
    expect(linesOf(copied)).toEqual([
      '[13:56] bob: x',
      '[13:56] ',
      '[13:56] ',
      '[13:56] From the server: no',
    ]);
  });

  it('tells that somebody left who had spoken, or came back, and marks who has a name that was ours: another has it', () => {
    const said = (id: number, login: string, text: string, mine = false) =>
      ({ kind: 'said', id, at: NOON, login, text, mine }) as const;
    const entries: readonly Entry[] = [
      said(1, 'prof', 'mine', true),
      said(2, 'bob', 'hers'),
      { kind: 'presence', id: 3, at: NOON, left: ['eve', 'bob'], joined: ['bob', 'prof'] },
      said(4, 'bob', 'theirs'),
      said(5, 'prof', 'theirs'),
    ];
    const room = { ...EMPTY, kind: 'room' as const, key: 'room' as const, log: new Log(entries) };
    const saved = transcriptOf(room, { ...words, ...rest, self: 'prof 2' }, 'Everyone');
    expect(saved.replaceAll('[2026-11-26 13:56] ', '')).toBe(
      '# Everyone\nprof: mine\nbob: hers\nGone: bob.\nHere now: bob.\nbob: theirs\nprof ≈: theirs\n',
    );
  });

  it('marks who can be taken for another, but for oneself', () => {
    const said = ['lea', 'l\u0435a', 'bob'].map((name) => ({
      ...{ at: NOON, login: name, text: 'x' },
      mine: name === 'lea',
    }));
    const alike = lookAlikesAmong(['lea', 'l\u0435a', 'bob']);
    const authors = transcript(said, { ...words, alike }).match(/(?<=\] ).*(?=: x)/g);
    expect(authors).toEqual(['lea', 'l\u0435a ≈', 'bob']);
  });

  it('marks, in its titles and lines, who can be taken for one of another conversation', () => {
    const state = run(inside, told('bob', 'hi'), told('\uff42ob', 'hi'));
    const alike = lookAlikesIn(state);
    const title = { room: 'Everyone', secret: 'private', alike };
    const saved = state.conversations.map((one) =>
      transcriptOf(one, { ...rest, ...words, self: 'ann', alike }, titleOf(one, title)).replace(
        /^\[.*?\] /m,
        '',
      ),
    );
    expect(saved).toEqual(['', '# bob ≈\nbob ≈: hi\n', '# \uff42ob ≈\n\uff42ob ≈: hi\n']);
  });

  it('has days that sort', () => {
    expect(dateOf(new Date(2026, 0, 5).getTime())).toBe('2026-01-05');
  });
});
