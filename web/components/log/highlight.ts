/** Marks what was found in the messages that are laid out. Their text in the document is what was written, its signs hidden. */
import { occurrences } from '../../text/occurrences.ts';
import { idOf } from './anchor.ts';

/** Names in message.css. `found-here`: in the message that one has gone to. */
const [FOUND, HERE] = ['found', 'found-here'];

/** Missing before Firefox 140 and Safari 17.2: the search goes from message to message there, and marks nothing in them. */
const { highlights } = CSS as { readonly highlights?: HighlightRegistry };

/** Marks all places of `sought`. @param current id of the message that one has gone to */
export function highlight(sought: string, current: number | null): void {
  clearHighlights();
  if (sought.trim() === '' || !highlights) return;
  const [found, here]: [StaticRange[], StaticRange[]] = [[], []];
  for (const element of document.querySelectorAll<HTMLElement>('.log [data-id]')) {
    const isHere = idOf(element) === current;
    (isHere ? here : found).push(...rangesIn(element, sought));
  }
  highlights.set(FOUND, new Highlight(...found));
  highlights.set(HERE, new Highlight(...here));
}

export function clearHighlights(): void {
  for (const name of [FOUND, HERE]) highlights?.delete(name);
}

interface Marked {
  readonly text: string;
  readonly sought: string;
  readonly ranges: readonly StaticRange[];
  /** Texts of the nodes that they begin and end in: one that is formatted in another way may have some of the same nodes. */
  readonly ends: string;
}

/** Marks of the messages that are laid out: in a flood only those of what is new are found out. */
const marked = new WeakMap<Element, Marked>();

function rangesIn(element: Element, sought: string): readonly StaticRange[] {
  const text = element.textContent;
  const known = marked.get(element);
  const isThere = ({ startContainer, endContainer }: StaticRange) =>
    element.contains(startContainer) && element.contains(endContainer);
  const isSame = known?.text === text && known.sought === sought && known.ends === endsOf(known.ranges);
  if (isSame && known.ranges.every(isThere)) return known.ranges;
  const nodes = textsOf(element);
  const visible = nodes.filter((node) => !node.parentElement?.matches('.sign'));
  const shown = rangesOf(visible, sought);
  const ranges = shown.length > 0 || visible.length === nodes.length ? shown : rangesOf(nodes, sought);
  marked.set(element, { text, sought, ranges, ends: endsOf(ranges) });
  return ranges;
}

function endsOf(ranges: readonly StaticRange[]): string {
  const nodes = ranges.flatMap(({ startContainer, endContainer }) => [startContainer, endContainer]);
  return nodes.map(({ nodeValue }) => nodeValue).join('\0');
}

/**
 * Places in the text of these nodes, which follow each other, as ranges. They are static: the browser goes through all that
 * are not with each element that it removes, those of earlier calls included until they are collected.
 */
function rangesOf(nodes: readonly Text[], sought: string): StaticRange[] {
  const places = occurrences(nodes.map(({ data }) => data).join(''), sought);
  if (places.length === 0) return [];
  const placed: Placed[] = [];
  let start = 0;
  for (const node of nodes) {
    placed.push([node, start]);
    start += node.length;
  }
  return places.map(([from, to]) => {
    const [startContainer, startOffset] = pointAt(placed, from, false);
    const [endContainer, endOffset] = pointAt(placed, to, true);
    return new StaticRange({ startContainer, startOffset, endContainer, endOffset });
  });
}

type Placed = readonly [node: Text, start: number];

function textsOf(element: Element): readonly Text[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  return nodes;
}

/** The point at an index: where an end and a beginning are the same, in the node of the one that is meant. */
function pointAt(nodes: readonly Placed[], index: number, isEnd: boolean): [Text, number] {
  const [node, start] = nodes.findLast(([, first]) => (isEnd ? first < index : first <= index)) ?? nodes[0]!;
  return [node, Math.min(index - start, node.length)];
}
