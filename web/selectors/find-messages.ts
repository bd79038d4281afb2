/** Search in a conversation. */
import type { Entry, Outgoing } from '../state/entries.ts';
import { fold } from '../text/fold.ts';

/** Texts as they are compared: each is looked through again with every letter that is typed. */
const folded = new WeakMap<Entry | Outgoing, string>();

/**
 * Ids of the messages, notices and raw texts that hold what is looked for, in their order; none for white space. What
 * ignored people said is not shown, and so not found.
 */
export function findMessages(all: readonly (Entry | Outgoing)[], sought: string): readonly number[] {
  const wanted = fold(sought);
  if (wanted.trim() === '') return [];
  return all.filter((one) => !isHidden(one) && foldedOf(one).includes(wanted)).map(({ id }) => id);
}

const isHidden = (one: Entry | Outgoing) => 'kind' in one && one.kind === 'ignored';

function foldedOf(one: Entry | Outgoing): string {
  let text = folded.get(one);
  if (text === undefined) folded.set(one, (text = 'text' in one ? fold(one.text) : ''));
  return text;
}
