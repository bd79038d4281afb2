/** Search in a conversation. */
import type { Entry, Outgoing } from '../state/entries.ts';
import { fold } from '../text/fold.ts';
import type { Chunk } from './chunks.ts';
import { perChunk } from './per-chunk.ts';

type Found = (chunks: readonly Chunk[], outgoing: readonly Outgoing[]) => readonly number[];

/** Texts as they are compared: each is looked through again with every letter that is typed. */
const folded = new WeakMap<Entry | Outgoing, string>();

/**
 * Finds the ids of the messages, notices and raw texts that hold what is looked for, in their order; none for white space.
 * Words of ignored people are not shown, and so not found.
 */
export function searchFor(sought: string): Found {
  const wanted = fold(sought);
  const idsIn = (all: readonly (Entry | Outgoing)[]) =>
    all.filter((one) => !isHidden(one) && foldedOf(one).includes(wanted)).map(({ id }) => id);
  const inChunk = perChunk(({ entries }) => idsIn(entries));
  return (chunks, outgoing) => (wanted.trim() === '' ? [] : [...chunks.flatMap(inChunk), ...idsIn(outgoing)]);
}

const isHidden = (one: Entry | Outgoing) => 'kind' in one && one.kind === 'ignored';

function foldedOf(one: Entry | Outgoing): string {
  let text = folded.get(one);
  if (text === undefined) folded.set(one, (text = 'text' in one ? fold(one.text) : ''));
  return text;
}
