/** Selects what of a conversation is saved as text, under its title; the form of its lines is in `web/text/transcript.ts`. */
import type { Entry, Gap, Outgoing } from '../state/entries.ts';
import type { Conversation } from '../state/state.ts';
import { transcript, type Transcribed, type TranscriptWords } from '../text/transcript.ts';

export interface ConversationWords extends TranscriptWords {
  /** Sentence by which a gap is told. */
  readonly gap: (gap: Gap) => string;
}

/**
 * The conversation as text under its name, messages that are not delivered at its end; empty when nothing was written. Gaps
 * are lines of it, so that nobody takes it for all that was said.
 * @param room name of the room
 */
export function transcriptOf(conversation: Conversation, words: ConversationWords, room: string): string {
  const all: readonly (Entry | Outgoing)[] = [...conversation.log.all, ...conversation.outgoing];
  if (!all.some((entry) => 'text' in entry)) return '';
  const written = all.map((entry): Transcribed => {
    if (!('from' in entry)) return entry;
    return entry.isFilled ? {} : { kind: 'gap', at: entry.to, text: words.gap(entry) };
  });
  const title = conversation.kind === 'room' ? room : conversation.login;
  return `# ${title}\n${transcript(written, words)}`;
}
