/** Actions on a message, as one table: bar and menu show what is possible, in this order. */
import { readOut } from '../../selectors/read-out.ts';
import type { LazyTools } from '../base/lazy-tools.ts';
import { say } from '../base/live-region.tsx';
import { replace } from '../composer/use-field.ts';
import { isTouched } from '../../platform/media.ts';
import { copyText } from '../../platform/clipboard.ts';
import type { Entry, Outgoing } from '../../state/entries.ts';
import type { Conversation } from '../../state/state.ts';
import { format, isFewEmoji, isFormatted } from '../../text/format.ts';
import { withQuote } from '../../text/quote.ts';
import { isAsWritten, toggleAsWritten } from './as-written.ts';

/** A message, and what can be done with it is done by. */
export interface Subject {
  readonly conversation: Conversation;
  readonly id: number;
  readonly text: string;
  /** Author, if it is somebody else. */
  readonly other: string | null;
  /** True when the author is known not to be connected. */
  readonly away: boolean;
  readonly element: Element;
  readonly tools: LazyTools;
  /** Says whether it was copied, also to a screen reader. */
  readonly copied: (isCopied: boolean) => void;
}

export interface Action {
  readonly name: 'copy' | 'quote' | 'write-to' | 'private' | 'ignore' | 'as-written' | 'select';
  readonly label: (subject: Subject) => string;
  readonly can: (subject: Subject) => boolean;
  readonly run: (subject: Subject) => void;
}

/** An action more is an entry more here, and a text of `message` in the catalogues. */
export const ACTIONS: readonly Action[] = [
  {
    name: 'copy',
    label: ({ tools }) => tools.text.message.copy,
    can: () => true,
    run: ({ text, copied }) => void copyText(text).then(copied),
  },
  {
    name: 'quote',
    label: ({ tools }) => tools.text.message.quote,
    can: () => field() !== null,
    run: quote,
  },
  {
    name: 'select',
    label: ({ tools }) => tools.text.message.select,
    // By touch a long press opens the menu, and so selects nothing.
    can: isTouched,
    run: ({ element }) => {
      element.classList.add('selectable');
      getSelection()?.selectAllChildren(element);
      unselectBy(element);
    },
  },
  {
    name: 'as-written',
    label: ({ id, tools }) => tools.text.message[isAsWritten(id) ? 'formatted' : 'asWritten'],
    can: ({ text }) => isFewEmoji(text) || isFormatted(format(text)),
    run({ id, text, tools }) {
      toggleAsWritten(id);
      // The focus is on it already, which has said what it was.
      say([isAsWritten(id) ? text : readOut(text, tools.text.voice)]);
    },
  },
  {
    name: 'write-to',
    label: (subject) => ofAuthor(subject.tools.first.direct.writeTo, subject),
    can: ({ other, conversation }) => other !== null && conversation.kind !== 'direct',
    run: ({ other, tools }) => tools.actions.writeTo(other!),
  },
  {
    name: 'private',
    // Anybody may be asked: the server says who is not there (D13).
    label: (subject) => ofAuthor(subject.tools.text.private.askFor, subject),
    can: ({ other, conversation }) => other !== null && conversation.kind !== 'private',
    run: ({ other, tools }) => tools.privates.requestPrivate(other!),
  },
  {
    name: 'ignore',
    label: ({ other, tools }) => tools.text.ignored.ignore(other ?? ''),
    can: ({ other }) => other !== null,
    run: ({ other, tools }) => tools.list.ignore(other!),
  },
];

/**
 * Ends the selection of a message by a tap on any other, which by itself does not: nothing of that can be selected. However
 * it ends, a long press opens the menu again.
 */
function unselectBy(element: Element): void {
  const ended = new AbortController();
  const { signal } = ended;
  addEventListener(
    'click',
    ({ target }) => {
      if (target instanceof Element && target.closest('.log') && !element.contains(target))
        getSelection()?.empty();
    },
    { signal },
  );
  document.addEventListener(
    'selectionchange',
    () => {
      if (!getSelection()?.isCollapsed) return;
      element.classList.remove('selectable');
      ended.abort();
    },
    { signal },
  );
}

/** Label of what goes to the author: that it will not reach them is said, and nobody is kept from it. */
function ofAuthor(label: (login: string) => string, { other, away, tools }: Subject): string {
  return away ? `${label(other ?? '')} (${tools.text.jump.away})` : label(other ?? '');
}

/** The message with this id; null for what is none. */
export function messageOf(
  { log, outgoing }: Conversation,
  id: number,
): { readonly text: string; readonly login: string | null; readonly mine: boolean } | null {
  const isIt = (one: Entry | Outgoing) => one.id === id;
  const found = log.all.findLast(isIt) ?? outgoing.find(isIt);
  if (!found || !('text' in found)) return null;
  if (!('kind' in found)) return { text: found.text, login: null, mine: true };
  const isSaid = found.kind === 'said';
  return { text: found.text, login: isSaid ? found.login : null, mine: isSaid && found.mine };
}

const field = () => document.querySelector<HTMLTextAreaElement>('.composer textarea');

/** Puts a quote behind what is being written. */
function quote({ text, conversation, tools }: Subject): void {
  const composer = field();
  if (!composer) return;
  const kept = composer.value.trimEnd().length;
  const wanted = withQuote(composer.value, text);
  composer.focus();
  replace(composer, wanted.slice(kept), kept, composer.value.length);
  tools.drafts.set(conversation.key, wanted);
}
