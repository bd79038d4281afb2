import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { isTouched } from '../../platform/media.ts';
import type { Conversation, State } from '../../state/state.ts';
import { lettersOf } from '../../text/letters.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { say } from '../base/live-region.tsx';

/** The count of bytes appears when fewer than this are left. */
const COUNT_FROM = 128;

/** Subject of the line below the field. */
type NoteKind = 'problem' | 'throttled' | 'over' | 'waiting' | 'left' | 'hint';

/** An Enter that sent nothing. `problem`: why a command was not done; empty where the text itself cannot be sent. */
export interface Refusal {
  readonly problem: string;
}

interface Props {
  /** The last one, until the text is another. */
  refusal: Refusal | null;
  /** Text that would be sent. */
  content: string;
  /** Bytes that may still be written; below zero those that are too many. */
  left: number;
  /** False while nothing can be sent. */
  up: boolean;
  conversation: Conversation;
  state: State;
}

/** Line below the field. */
export function Note({ refusal, content, left, up, conversation, state }: Props) {
  const { text } = useLazyTools();
  const problem = refusal?.problem ?? '';
  // The person is told while something of ours waits.
  const isThrottled = conversation.outgoing.length > 0 && state.throttledUntil > Date.now();
  const kind = problem ? 'problem' : isThrottled ? 'throttled' : kindOf(left, up);
  const words = problem || inWords(kind, content, left, text.composer);
  const before = useRef<NoteKind | null>(null);
  const isSaid = useMemo(() => {
    const isNew = isNoteSaid(before.current, kind);
    before.current = kind;
    return isNew;
  }, [words]);
  const isOver = kind === 'problem' || kind === 'over';
  const shown = useRef('');
  useLayoutEffect(() => {
    // A line that says already why nothing is sent does not change by another Enter.
    if (refusal && isOver && words === shown.current) say([words]);
    shown.current = words;
  }, [refusal, words]);
  return (
    <p
      id="composer-note"
      class={`note ${isOver ? 'over' : kind}`}
      role="status"
      aria-live={isSaid ? undefined : 'off'}
    >
      <FreshText>{words || '\u00a0'}</FreshText>
    </p>
  );
}

function kindOf(left: number, up: boolean): NoteKind {
  if (left < 0) return 'over';
  if (!up) return 'waiting';
  return left < COUNT_FROM ? 'left' : 'hint';
}

/**
 * True when a screen reader says the line as it changes. The field is described by it: the hint is heard with the field, and
 * of a count only that it has begun, not every key.
 */
export function isNoteSaid(before: NoteKind | null, kind: NoteKind): boolean {
  const isCount = kind === 'left' || kind === 'over';
  return kind !== 'hint' && !(isCount && kind === before);
}

function inWords(kind: NoteKind, content: string, left: number, text: LazyCatalogue['composer']): string {
  if (kind === 'over' || kind === 'left') return lengthInWords(content, left, text);
  // Its Enter does not send.
  if (kind === 'problem' || (kind === 'hint' && isTouched())) return '';
  return text[kind];
}

/** Longest text, in UTF-16 units, whose characters are told apart as people see them: of more, nobody counts each. */
const COUNTED = 16_384;

/**
 * Says how much room is left, or by how much a text is too long: in characters first, then in the bytes that the limit is in.
 * @param left bytes that are left; negative when it is too long
 */
export function lengthInWords(text: string, left: number, words: LazyCatalogue['composer']): string {
  return left < 0 ? words.over(charactersOver(text, -left), -left) : words.left(left);
}

/** Number of characters at the end that have to go, so that at least `bytes` do. */
export function charactersOver(text: string, bytes: number): number {
  const encoder = new TextEncoder();
  const whole = text.length > COUNTED ? Array.from(text) : lettersOf(text);
  let count = 0;
  for (let rest = bytes; rest > 0 && count < whole.length; count++)
    rest -= encoder.encode(whole[whole.length - 1 - count]).length;
  return count;
}
