/** Selecting and copying in the log, of which only a part is laid out. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Chunk } from '../../selectors/chunks.ts';
import type { Entry, Outgoing } from '../../state/entries.ts';
import { copiedLine } from '../../selectors/transcript.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { isField } from '../base/field.ts';
import { useListener } from '../base/use-listener.ts';
import { idOf } from './anchor.ts';

interface Props {
  entries: readonly Entry[];
  outgoing: readonly Outgoing[];
  /** Own login. */
  self: string;
  chunks: readonly Chunk[];
  /** Chunks that are laid out because that was asked for. */
  held: readonly number[];
  hold: (chunks: readonly number[]) => void;
}

/** Handles Ctrl+A in the log, which selects all of it, and copying from it, which writes the entries as text. */
export function LogSelection(props: Props) {
  const { notice } = useLazyTools().text.log;
  /** True while the ends of the log are being laid out, to be selected. */
  const wantsAll = useRef(false);
  useListener('copy', (event) => {
    const copied = isField(event.target) ? null : copiedText({ ...props, notice });
    if (copied === null || !event.clipboardData) return;
    event.clipboardData.setData('text/plain', copied);
    event.preventDefault();
  });
  useListener('keydown', (event) => {
    const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event;
    if (key.toLowerCase() !== 'a' || !(ctrlKey || metaKey) || altKey || shiftKey) return;
    if (!(target instanceof Element && target.closest('.log'))) return;
    event.preventDefault();
    wantsAll.current = true;
    const { chunks, hold } = props;
    hold([chunks[0], chunks.at(-1)].flatMap((chunk) => chunk?.id ?? []));
  });
  useListener('mouseup', trimSelection);
  useLayoutEffect(() => {
    if (!wantsAll.current) return;
    wantsAll.current = false;
    selectAll();
    // The selection holds them from now on.
    props.hold([]);
  }, [props.held]);
  return null;
}

/** Every message that is laid out and shown, in order. */
const shownTexts = () => [...document.querySelectorAll<HTMLElement>('.log [data-id]')].filter(isUnfolded);

/** False for what ignored people said, unless their line is open. */
function isUnfolded(message: Element): boolean {
  return !message.closest('details:not([open])');
}

/** Selects the whole log, once both of its ends are laid out. */
function selectAll(): void {
  const texts = shownTexts();
  const [first, last] = [texts[0]?.closest('.chunk, .group'), texts.at(-1)];
  if (first && last) getSelection()?.setBaseAndExtent(first, 0, last, last.childNodes.length);
}

interface Selected {
  readonly range: Range;
  /** Messages laid out of which something is selected, each with the selected text. */
  readonly parts: readonly (readonly [element: HTMLElement, text: string])[];
}

/** Ranges that are selected: with Ctrl one selects several in Firefox. */
function ranges(): Range[] {
  const selection = getSelection();
  const all = Array.from({ length: selection?.rangeCount ?? 0 }, (_, index) => selection!.getRangeAt(index));
  return all.filter(({ collapsed }) => !collapsed);
}

function selectedIn(range: Range): Selected | null {
  const parts = shownTexts().flatMap((element) => {
    const text = partOf(element, range);
    return text === '' ? [] : [[element, text] as const];
  });
  return parts.length > 0 ? { range, parts } : null;
}

/** Part of an element's text that is in a range: as it is seen, but as it was written when it is all that is seen. */
function partOf(element: Element, range: Range): string {
  if (!range.intersectsNode(element)) return '';
  const [whole, part] = [document.createRange(), document.createRange()];
  for (const one of [whole, part]) one.selectNodeContents(element);
  if (element.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (element.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  const seen = seenIn(part);
  return seen === seenIn(whole) ? element.textContent : seen;
}

/** Text of a range as it is seen: of the signs that format it, only line breaks show. */
function seenIn(range: Range): string {
  const part = range.cloneContents();
  for (const sign of part.querySelectorAll('.sign'))
    sign.replaceWith(sign.textContent.includes('\n') ? '\n' : '');
  return part.textContent;
}

/**
 * Ends a selection with its last message when it ends behind it, as that of a triple click does: else it would grow by
 * those that come.
 */
function trimSelection(): void {
  const [range, another] = ranges();
  // To set one end would take the others away.
  const found = range && !another ? selectedIn(range) : null;
  const selection = getSelection();
  const last = found?.parts.at(-1)?.[0];
  if (!found || !selection || !last || last.contains(found.range.endContainer)) return;
  const { startContainer, startOffset } = found.range;
  const isBackward = selection.anchorNode !== startContainer || selection.anchorOffset !== startOffset;
  const [from, to] = [[startContainer, startOffset] as const, [last, last.childNodes.length] as const];
  if (isBackward) selection.setBaseAndExtent(...to, ...from);
  else selection.setBaseAndExtent(...from, ...to);
}

/** Text to copy, of one range after the other. Null when there is none. */
function copiedText(props: Props & { notice: string }): string | null {
  const texts = ranges().flatMap((range) => copiedFrom(range, props) ?? []);
  return texts.length > 0 ? texts.join('\n') : null;
}

/** A part of one message as it is, else messages with their time and author. Null when there are none. */
function copiedFrom(
  range: Range,
  { entries, outgoing, self, notice }: Props & { notice: string },
): string | null {
  const found = selectedIn(range);
  const [first, last] = [found?.parts[0], found?.parts.at(-1)];
  if (!found || !first || !last) return null;
  if (first === last && first[0].contains(found.range.startContainer)) return first[1];
  const said = [...entries, ...outgoing];
  const from = said.findIndex(({ id }) => id === idOf(first[0]));
  const to = said.findLastIndex(({ id }) => id === idOf(last[0]));
  if (from < 0 || to < 0) return null;
  // The first and the last may be selected only in part.
  const cut = new Map([first, last].map(([element, text]) => [idOf(element), text]));
  const shown = new Set(found.parts.map(([element]) => idOf(element)));
  const lines = said.slice(from, to + 1).flatMap((entry) => {
    if ('kind' in entry && entry.kind === 'ignored' && !shown.has(entry.id)) return [];
    const text = cut.get(entry.id);
    const line = copiedLine(text !== undefined && 'text' in entry ? { ...entry, text } : entry, {
      self,
      notice,
    });
    return line ?? [];
  });
  return lines.join('\n');
}
