/** Search in a conversation. */
import type { Entry, Outgoing } from '../state/entries.ts';
import { fold } from '../text/fold.ts';

/** Texts as they are compared: each is looked through again with every letter that is typed. */
const folded = new WeakMap<Entry | Outgoing, string>();

/** Ids of the messages, notices and raw texts that hold what is looked for, in their order; none for white space. */
export function findMessages(all: readonly (Entry | Outgoing)[], sought: string): readonly number[] {
  const wanted = fold(sought);
  if (wanted.trim() === '') return [];
  return all.filter((one) => foldedOf(one).includes(wanted)).map(({ id }) => id);
}

function foldedOf(one: Entry | Outgoing): string {
  let text = folded.get(one);
  if (text === undefined) folded.set(one, (text = 'text' in one ? fold(one.text) : ''));
  return text;
}
