/** Search in a conversation. */
import type { Entry, Outgoing } from '../state/entries.ts';
import { fold } from '../text/fold.ts';
import { format, shownOf } from '../text/format.ts';
import type { Chunk } from './chunks.ts';
import { perChunk } from './per-chunk.ts';

type Found = (chunks: readonly Chunk[], outgoing: readonly Outgoing[]) => readonly number[];

/** Texts as they are compared: each is looked through again with every letter that is typed. */
const written = new WeakMap<Entry | Outgoing, string>();
/** The same as they are shown, without the signs that only format. */
const shown = new WeakMap<Entry | Outgoing, string>();

/**
 * Finds the ids of the messages, notices and raw texts that hold what is looked for, as written or as shown, in their order;
 * none for white space. Words of ignored people are not shown, and so not found.
 */
export function searchFor(sought: string): Found {
  const wanted = fold(sought);
  const bare = withoutSigns(wanted);
  const holds = (one: Entry | Outgoing) =>
    foldedOf(one).includes(wanted) || (bare.trim() !== '' && showsIt(one, wanted, bare));
  const idsIn = (all: readonly (Entry | Outgoing)[]) =>
    all.filter((one) => !isHidden(one) && holds(one)).map(({ id }) => id);
  const inChunk = perChunk(({ entries }) => idsIn(entries));
  return (chunks, outgoing) => (wanted.trim() === '' ? [] : [...chunks.flatMap(inChunk), ...idsIn(outgoing)]);
}

const isHidden = (one: Entry | Outgoing) => 'kind' in one && one.kind === 'ignored';

function foldedOf(one: Entry | Outgoing): string {
  let text = written.get(one);
  if (text === undefined) written.set(one, (text = 'text' in one ? fold(one.text) : ''));
  return text;
}

/** True when the text that is shown holds it. To parse is slow: a text is only where the letters follow each other but for signs. */
function showsIt(one: Entry | Outgoing, wanted: string, bare: string): boolean {
  const source = foldedOf(one);
  const letters = withoutSigns(source);
  if (letters === source || !letters.includes(bare) || !('text' in one)) return false;
  let text = shown.get(one);
  if (text === undefined) shown.set(one, (text = fold(shownOf(format(one.text)))));
  return text.includes(wanted);
}

/** Leaves out all that may be a sign within a line. */
const withoutSigns = (text: string) => text.replaceAll(/[*`]/g, '');
