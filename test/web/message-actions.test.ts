import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACTIONS, messageOf, type Subject } from '../../web/components/log/message-actions.ts';
import { en } from '../../web/i18n/en.ts';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { type Conversation } from '../../web/state/state.ts';
import { AT, heard, inside, run, told } from './support/events.ts';

/** What was done, and to whom. */
let done: string[] = [];

/** A message with what can be done with it, as far as it is possible. */
function actionsOf(conversation: Conversation, id: number, away = false) {
  const found = messageOf(conversation, id)!;
  const note = (what: string) => (login: string) => void done.push(`${what} ${login}`);
  const subject = {
    ...{ conversation, id, text: found.text, other: found.mine ? null : found.login, away },
    tools: {
      ...{ first: en, text: enLazy, actions: { writeTo: note('write to') } },
      ...{ privates: { requestPrivate: note('ask') }, list: { ignore: note('ignore') } },
    },
  } as unknown as Subject;
  return { subject, possible: ACTIONS.filter(({ can }) => can(subject)) };
}
const namesOf = (conversation: Conversation, id = conversation.log.all.at(-1)!.id) =>
  actionsOf(conversation, id).possible.map(({ name }) => name);

describe('what one can do with a message', () => {
  beforeEach(() => {
    done = [];
    vi.stubGlobal('document', { querySelector: () => ({}) });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('is to copy and quote it, to see it as written, and to turn to its author, as far as there is somebody', () => {
    const room = run(inside, heard('bob', 'a **b**')).conversations[0];
    expect(namesOf(room)).toEqual(['copy', 'quote', 'as-written', 'write-to', 'private', 'ignore']);
    expect(namesOf(run(inside, heard('ann', 'plain')).conversations[0])).toEqual(['copy', 'quote']);
    expect(namesOf(run(inside, told('bob', 'plain')).conversations[1]!)).toEqual([
      ...['copy', 'quote', 'private', 'ignore'],
    ]);
    const waiting = run(inside, { type: 'written', key: 'room', text: '🎉', at: AT }).conversations[0];
    expect(namesOf(waiting, waiting.outgoing[0]!.id)).toEqual(['copy', 'quote', 'as-written']);
    expect(messageOf(waiting, 12345)).toBe(null);
  });

  it('is not to quote it where nothing can be written', () => {
    vi.stubGlobal('document', { querySelector: () => null });
    expect(namesOf(run(inside, heard('ann', 'plain')).conversations[0])).toEqual(['copy']);
  });

  it('is done to its author, whose name is said', () => {
    const room = run(inside, heard('bob', 'hi')).conversations[0];
    const { subject, possible } = actionsOf(room, room.log.all.at(-1)!.id);
    const ofAuthor = possible.filter(({ name }) => ['write-to', 'private', 'ignore'].includes(name));
    expect(ofAuthor.map(({ label }) => label(subject))).toEqual([
      ...['Write to bob', 'Ask bob for a private connection', 'Ignore bob'],
    ]);
    const { subject: gone } = actionsOf(room, room.log.all.at(-1)!.id, true);
    expect(ofAuthor.map(({ label }) => label(gone))).toEqual([
      ...['Write to bob (not connected)', 'Ask bob for a private connection (not connected)', 'Ignore bob'],
    ]);
    for (const action of ofAuthor) action.run(subject);
    expect(done).toEqual(['write to bob', 'ask bob', 'ignore bob']);
  });
});
