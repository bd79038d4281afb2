/** ↑ in an empty field brings back what one wrote last, and then what one wrote before that; ↓ the other way. */
import type { TargetedKeyboardEvent } from 'preact';
import type { Conversation } from '../../state/state.ts';

/** Number of messages back, and the text that was put there: once it is edited, the arrows move the caret again. */
export interface Recalled {
  readonly back: number;
  readonly text: string;
}

/** Returns what a key brings back, after `place` was brought back; null for a key that means something else. */
export function recall(
  { key, shiftKey, currentTarget: { value } }: TargetedKeyboardEvent<HTMLTextAreaElement>,
  conversation: Conversation,
  place: Recalled | null,
): Recalled | null {
  const step = key === 'ArrowUp' ? 1 : key === 'ArrowDown' ? -1 : 0;
  if (step === 0 || shiftKey) return null;
  const at = value === '' ? 0 : place && value === place.text ? place.back : -1;
  const back = at + step;
  if (at < 0 || back < 0) return null;
  const text = back === 0 ? '' : ownTexts(conversation)[back - 1];
  return text === undefined ? null : { back, text };
}

/** Texts of our messages here as they would be typed, the last first. */
function ownTexts({ log, outgoing }: Conversation): readonly string[] {
  const said = log.all.flatMap((entry) => (entry.kind === 'said' && entry.mine ? [entry.text] : []));
  const texts = [...said, ...outgoing.map(({ text }) => text)].reverse();
  return texts.map((text) => (text.startsWith('/') ? `/${text}` : text));
}
