/** The proposals for what is being typed, and choosing among them by keyboard. */
import type { TargetedKeyboardEvent } from 'preact';
import { knownNames } from '../../selectors/names.ts';
import type { State } from '../../state/state.ts';
import { closedEmoji, completionAt, type Completion } from '../../selectors/completion.ts';
import { say } from '../base/live-region.tsx';
import type { Field } from './use-field.ts';

/** Proposals, and the index of the chosen one. */
export interface Proposed {
  readonly completion: Completion | null;
  readonly chosen: number;
}

/** Names of emoji that become emoji. `last`: only the one just closed, since an older one was meant as it stands. */
export type Emoji = 'all' | 'last' | 'none';

export interface Chooser {
  /** ARIA attributes of the field: they tell of the proposals to those who do not see them. */
  readonly aria: { 'aria-controls'?: string; 'aria-activedescendant'?: string };
  /** Updates the proposals after the text or the caret changed. */
  readonly update: (emoji: Emoji) => void;
  readonly close: () => void;
  readonly choose: (index: number) => void;
  /** Handles a key; true when it was for the proposals, and nothing else may be done with it. */
  readonly onKey: (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => boolean;
}

export const PROPOSALS_ID = 'proposals';
export const proposalId = (index: number) => `proposal-${index}`;

/** Names that were known while the present command was typed: whoever has left since is still the one who was meant. */
const typedAmong = new Set<string>();

/** Names that a command may mean. What is for “Ana Maria”, who leaves before Enter, would else go to “Ana”. */
export function namesMeant(state: State): readonly string[] {
  return [...new Set([...knownNames(state), ...typedAmong])];
}

interface Options extends Field {
  readonly state: State;
  readonly proposed: Proposed;
  readonly propose: (proposed: Proposed) => void;
}

/** Returns the actions on the proposals as they are now. */
export function chooserOf({ field, composing, put, state, proposed, propose }: Options): Chooser {
  const { completion, chosen } = proposed;
  const show = (found: Completion | null) => propose({ completion: found, chosen: 0 });

  const proposeAtCaret = (asked: boolean) => {
    const found = field.current
      ? completionAt(textBefore(field.current), () => knownNames(state), asked, state.locale)
      : null;
    show(found);
    return found;
  };
  const close = () => show(null);
  const choose = (index: number, from = completion) => {
    const proposal = from?.proposals[index];
    if (from && proposal) put(proposal.text, from.from, field.current?.selectionStart);
    field.current?.focus();
    // A command goes on with a name.
    proposeAtCaret(false);
  };
  const onKey = ({ key, shiftKey, currentTarget }: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean => {
    if (shiftKey) return false;
    if (!completion)
      return key === 'Tab' && currentTarget.value.trim() !== '' && complete(proposeAtCaret(true));
    const { length } = completion.proposals;
    if (key === 'ArrowDown') propose({ completion, chosen: (chosen + 1) % length });
    else if (key === 'ArrowUp') propose({ completion, chosen: (chosen + length - 1) % length });
    else if (key === 'Enter' || key === 'Tab') choose(chosen);
    else if (key === 'Escape') close();
    else return false;
    return true;
  };
  /** Puts in a single proposal at once, as Tab asks for; false when there is none. */
  const complete = (found: Completion | null): boolean => {
    if (found?.proposals.length === 1) {
      choose(0, found);
      // Nothing had named it before.
      say([found.proposals[0]!.label]);
    }
    return found !== null;
  };
  const update = (emoji: Emoji) => {
    const { value = '' } = field.current ?? {};
    if (value.length <= 1) typedAmong.clear();
    if (value.startsWith('/')) for (const name of knownNames(state)) typedAmong.add(name);
    // Proposals are shown while an input method composes: some phones compose every word.
    if (field.current && emoji !== 'none' && !composing.current) putEmoji(textBefore(field.current), emoji);
    proposeAtCaret(false);
  };
  /** Puts emoji in place of their names. */
  const putEmoji = (before: string, which: Emoji) => {
    const closed = closedEmoji(before).filter(({ to }) => which === 'all' || to === before.length);
    if (closed.length === 0) return;
    let caret = before.length;
    for (const { text, from, to } of closed) {
      put(text, from, to);
      caret += text.length - (to - from);
    }
    field.current?.setSelectionRange(caret, caret);
  };
  const aria = completion
    ? { 'aria-controls': PROPOSALS_ID, 'aria-activedescendant': proposalId(chosen) }
    : {};
  return { aria, update, close, choose, onKey };
}

function textBefore(field: HTMLTextAreaElement): string {
  return field.selectionStart === field.selectionEnd ? field.value.slice(0, field.selectionStart) : '';
}
