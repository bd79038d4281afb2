/** ↑ in an empty field brings back what one wrote last, and then what one wrote before that; ↓ the other way. */
import type { TargetedKeyboardEvent } from 'preact';
import { useRef } from 'preact/hooks';
import type { Conversation } from '../store/state.ts';

/** @param recalled called with the text to put into the field; returns true for a key that was understood */
export function useRecall(conversation: Conversation, recalled: (text: string) => void) {
  /** How far back, and the text that was put there: once it is edited, the arrows move the caret again. */
  const place = useRef({ back: 0, text: '' });
  return ({
    key,
    shiftKey,
    currentTarget: { value },
  }: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean => {
    const step = key === 'ArrowUp' ? 1 : key === 'ArrowDown' ? -1 : 0;
    if (step === 0 || shiftKey) return false;
    const at = value === '' ? 0 : value === place.current.text ? place.current.back : -1;
    const back = at + step;
    if (at < 0 || back < 0) return false;
    const text = back === 0 ? '' : ownTexts(conversation)[back - 1];
    if (text === undefined) return false;
    place.current = { back, text };
    recalled(text);
    return true;
  };
}

/** What we said here as it would be typed, the last first. */
function ownTexts({ entries, outgoing }: Conversation): readonly string[] {
  const said = entries.flatMap((entry) => (entry.kind === 'said' && entry.mine ? [entry.text] : []));
  const texts = [...said, ...outgoing.map(({ text }) => text)].reverse();
  return texts.map((text) => (text.startsWith('/') ? `/${text}` : text));
}
