/** Selects what of a conversation is saved as text, under its title; the form of its lines is in `web/text/transcript.ts`. */
import type { Conversation } from '../state/state.ts';
import { transcript, type TranscriptWords } from '../text/transcript.ts';

/**
 * The conversation as text under its name, messages that are not delivered at its end; empty when nothing was written.
 * @param room name of the room
 */
export function transcriptOf(conversation: Conversation, words: TranscriptWords, room: string): string {
  const written = [...conversation.entries, ...conversation.outgoing].filter((entry) => 'text' in entry);
  if (written.length === 0) return '';
  const title = conversation.kind === 'room' ? room : conversation.login;
  return `# ${title}\n${transcript(written, words)}`;
}
