/** Levels of the page, for the views that are one. */
import type { TargetedKeyboardEvent, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Levels } from '../../platform/levels.ts';
import { useLazyTools } from './lazy-tools.ts';
import { isField } from './field.ts';

/** Levels from the bottom to the top; under all of them is the list of conversations, or what stands beside it. */
const RANKS = ['conversation', 'search', 'people', 'inspector', 'full inspector', 'dialog'] as const;

/** Levels that lie over the conversation, of those that are open: what is under them is not read. */
const COVERING: readonly string[] = ['people', 'full inspector', 'dialog'];
let covering = 0;
/** Parts behind those that are no dialogs: the keyboard cannot reach them. */
const BEHIND: Readonly<Record<string, string>> = {
  people: '.chat > :is(.rail, .conversation, .requests)',
  'full inspector': '.join, .chat > :is(.rail, .conversation, .requests, .people)',
};

/**
 * Levels that close when someone opens a conversation, in them or in any other way (by a notification, say), and when someone
 * is put out of the room: the join screen says why, which nobody would hear behind them.
 */
const OVER: readonly string[] = ['search', ...COVERING];

const levels = new Levels(history);
addEventListener('popstate', ({ state }) => levels.onPop(state));

/**
 * Makes a view a level while `isOpen`: Back calls `close`.
 * @returns a handler of keys by which Escape does so as well, where the browser does not see to it
 */
export function useLevel(rank: (typeof RANKS)[number], isOpen: boolean, close: () => void) {
  const latest = useRef(close);
  latest.current = close;
  const { actions, states } = useLazyTools();
  useLayoutEffect(() => {
    if (!isOpen) return;
    const end = levels.open({ rank: RANKS.indexOf(rank), close: () => latest.current() });
    const cover = (by: number) => {
      if (COVERING.includes(rank)) actions.choose({ covered: (covering += by) > 0 });
    };
    cover(1);
    const behind = [...document.querySelectorAll<HTMLElement>(BEHIND[rank] ?? 'none')].filter(
      (part) => !part.inert,
    );
    for (const part of behind) part.inert = true;
    const { openings, phase } = states.state;
    const stop = states.subscribe((now) => {
      const isOut = now.phase.kind === 'outside' && phase.kind !== 'outside';
      if (!OVER.includes(rank) || (now.openings === openings && !isOut)) return;
      // To close may itself be a change.
      stop();
      latest.current();
    });
    return () => {
      stop();
      end();
      cover(-1);
      for (const part of behind) part.inert = false;
    };
  }, [isOpen, rank]);
  return (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape' || !isOpen) return;
    event.preventDefault();
    close();
  };
}

/** Shows a dialog as modal while its view is there: Back calls `close`, and the focus goes back in the end. */
export function useModal(close: () => void): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLevel('dialog', true, close);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const modal = dialog.current!;
    modal.showModal();
    return () => {
      // Closed already, it has given the focus back, which may have gone on.
      if (!modal.open) return;
      // Else nothing beside it could have the focus.
      modal.close();
      if (!(before instanceof HTMLElement)) return;
      // Chromium gives the focus back without the caret: Ctrl + A would select the page, and the draft would stay.
      if (isField(before)) before.blur();
      before.focus({ preventScroll: true });
    };
  }, []);
  return dialog;
}
