/** The proposals for what is being typed, and choosing among them by keyboard. */
import type { TargetedKeyboardEvent } from 'preact';
import { knownNames } from '../store/names.ts';
import type { State } from '../store/state.ts';
import { closedEmoji, completionAt, type Completion, type EmojiNames } from '../text/completion.ts';

/** Loaded when someone begins to write. */
let emoji: EmojiNames | null = null;

/** What is proposed, and which of it is chosen. */
export interface Proposed {
  readonly completion: Completion | null;
  readonly chosen: number;
}

export interface Chooser {
  /** What the field says of the proposals to those who do not see them. */
  readonly aria: { 'aria-controls'?: string; 'aria-activedescendant'?: string };
  /** After the text or the caret changed. */
  readonly update: () => void;
  readonly close: () => void;
  readonly choose: (index: number) => void;
  /** True when the key was for the proposals, and nothing else may be done with it. */
  readonly onKey: (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => boolean;
}

export const PROPOSALS_ID = 'proposals';
export const proposalId = (index: number) => `proposal-${index}`;

interface Options {
  readonly field: { readonly current: HTMLTextAreaElement | null };
  readonly state: State;
  readonly proposed: Proposed;
  readonly propose: (proposed: Proposed) => void;
  /** Called when a proposal was put into the field. */
  readonly changed: (text: string) => void;
}

/** What to do with the proposals as they are now. */
export function chooserOf({ field, state, proposed, propose, changed }: Options): Chooser {
  const { completion, chosen } = proposed;
  const show = (found: Completion | null) => propose({ completion: found, chosen: 0 });

  const look = (asked: boolean) => {
    const found = field.current
      ? completionAt(textBefore(field.current), knownNames(state), asked, emoji)
      : null;
    show(found);
    return found;
  };
  const replace = (from: number, text: string) => {
    if (!field.current) return;
    field.current.setRangeText(text, from, field.current.selectionStart, 'end');
    changed(field.current.value);
  };
  const close = () => show(null);
  const choose = (index: number, from = completion) => {
    const proposal = from?.proposals[index];
    if (from && proposal) replace(from.from, proposal.text);
    field.current?.focus();
    // A command goes on with a name.
    look(false);
  };
  const onKey = ({ key, shiftKey, currentTarget }: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean => {
    if (shiftKey) return false;
    if (!completion) return key === 'Tab' && currentTarget.value.trim() !== '' && complete(look(true));
    const { length } = completion.proposals;
    if (key === 'ArrowDown') propose({ completion, chosen: (chosen + 1) % length });
    else if (key === 'ArrowUp') propose({ completion, chosen: (chosen + length - 1) % length });
    else if (key === 'Enter' || key === 'Tab') choose(chosen);
    else if (key === 'Escape') close();
    else return false;
    return true;
  };
  /** Tab puts in the only one at once. */
  const complete = (found: Completion | null): boolean => {
    if (found?.proposals.length === 1) choose(0, found);
    return found !== null;
  };
  const update = () => {
    const before = field.current ? textBefore(field.current) : '';
    // With the first letter, whatever it is: by the time a name is typed they are there.
    if (!emoji) void loadEmoji().then(() => putEmoji(0));
    // Only the one that was just closed: an older one was meant as it stands.
    putEmoji(before.length);
    if (!emoji) look(false);
  };
  /** Puts emoji in place of their names, those that end at `from` or behind it. */
  const putEmoji = (from: number) => {
    if (!field.current || !emoji) return;
    const closed = closedEmoji(textBefore(field.current), emoji).filter(({ to }) => to >= from);
    let caret = field.current.selectionStart;
    for (const { text, from: at, to } of closed) {
      field.current.setRangeText(text, at, to);
      caret += text.length - (to - at);
    }
    if (closed.length > 0) field.current.setSelectionRange(caret, caret);
    if (closed.length > 0) changed(field.current.value);
    look(false);
  };
  const aria = completion
    ? { 'aria-controls': PROPOSALS_ID, 'aria-activedescendant': proposalId(chosen) }
    : {};
  return { aria, update, close, choose, onKey };
}

async function loadEmoji(): Promise<void> {
  try {
    emoji = await import('../text/emoji.ts');
  } catch {
    // Away from the server: the name stays as it was typed, and the next one asks again.
  }
}

function textBefore(field: HTMLTextAreaElement): string {
  return field.selectionStart === field.selectionEnd ? field.value.slice(0, field.selectionStart) : '';
}
