import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { isTouched } from '../../platform/media.ts';
import { lengthInWords } from './length.ts';

/**
 * The line below the field.
 * @param content what would be sent
 * @param left bytes that may still be written; below zero those that are too many
 * @param isThrottled true while something of ours waits, as we send faster than the room takes
 */
export function noteOf(
  kind: 'over' | 'waiting' | 'left' | 'hint',
  content: string,
  left: number,
  isThrottled: boolean,
  text: LazyCatalogue['composer'],
): string {
  if (isThrottled) return text.throttled;
  if (kind === 'over' || kind === 'left') return lengthInWords(content, left, text);
  // Its Enter does not send.
  return kind === 'hint' && isTouched() ? '' : text[kind];
}
