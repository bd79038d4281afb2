/** A field that is written in by a person, by an input method, and by the page. */
import type { TargetedInputEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Part of a document that edits as a person does. It is deprecated, and there is no other way that can be undone. */
interface Editing {
  execCommand(command: string, showUi: boolean, text: string): boolean;
}

interface Options {
  /** Text that the field is to hold. */
  readonly draft: string;
  /** Called when the text has changed, whoever wrote it. */
  readonly changed: (text: string) => void;
  /** Called after `changed` when a person has written. @param inputType as in Input Events */
  readonly typed: (inputType: string) => void;
}

export function useField({ draft, changed, typed }: Options) {
  const field = useRef<HTMLTextAreaElement>(null);
  const composing = useRef(false);
  /** Change that the page itself is making to the field, if any. */
  const busy = useRef<'putting' | 'settling' | null>(null);
  useLayoutEffect(() => {
    // The value is not rendered: what is typed can be ahead of what is rendered, and must not be undone.
    if (field.current && !composing.current && field.current.value !== draft) field.current.value = draft;
  }, [draft]);

  /** Ends a composition, with its text as it stands. False when the input method goes on all the same. */
  const settle = (): boolean => {
    busy.current = 'settling';
    if (composing.current) field.current?.blur();
    field.current?.focus();
    busy.current = null;
    return !composing.current;
  };
  /** Puts `text` in place of what lies between `from` and `to`, else of everything; it can be undone like typing. */
  const put = (text: string, from = 0, to = Infinity) => {
    // The input method would overwrite, or write twice, what is put in the middle of a composition.
    if (!field.current || !settle()) return;
    busy.current = 'putting';
    replace(field.current, text, from, Math.min(to, field.current.value.length));
    busy.current = null;
    changed(field.current.value);
  };
  const listeners = {
    onInput({ currentTarget, inputType }: TargetedInputEvent<HTMLTextAreaElement>) {
      if (busy.current === 'putting') return;
      const { value, selectionEnd } = currentTarget;
      // The text that an undo brings back is selected: the next letter would replace it.
      if (inputType === 'historyUndo') currentTarget.setSelectionRange(selectionEnd, selectionEnd);
      changed(value);
      if (!busy.current) typed(inputType);
    },
    onCompositionStart() {
      composing.current = true;
    },
    onCompositionEnd() {
      composing.current = false;
      if (!busy.current) typed('insertFromComposition');
    },
  };
  return { field, composing, settle, put, listeners };
}

export type Field = Pick<ReturnType<typeof useField>, 'field' | 'composing' | 'put'>;

/** Most lines that are put in as a person would: for Chromium the time grows with the square of their number, and 500 take seconds. */
const MAX_LINES = 50;

/**
 * Puts a text between two places of a field, as a person would: it can be undone, and an event tells of it; neither holds for
 * one of many lines. The caret is behind it.
 */
export function replace(field: HTMLTextAreaElement, text: string, from: number, to: number): void {
  const { value } = field;
  const wanted = value.slice(0, from) + text + value.slice(to);
  if (value === wanted) return;
  field.setSelectionRange(from, to);
  const editing: Editing = document;
  if (text.split('\n', MAX_LINES + 1).length <= MAX_LINES)
    editing.execCommand(text ? 'insertText' : 'delete', false, text);
  if (field.value !== wanted) {
    field.value = wanted;
    field.setSelectionRange(from + text.length, from + text.length);
  }
  // The browser scrolls to the caret for a person only: the place to go on would be below what is in sight.
  if (to === value.length) field.scrollTop = field.scrollHeight;
}
