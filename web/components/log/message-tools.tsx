/** Bar and menu of a message, shown for the one that someone points at, goes to by keyboard, or presses long. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { isTouched } from '../../platform/media.ts';
import { isHere } from '../../state/presence.ts';
import type { Conversation, State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { useOutcome } from '../base/copy-button.tsx';
import { IconButton } from '../base/icon-button.tsx';
import { CopyIcon, MoreIcon, QuoteIcon } from '../base/lazy-icons.tsx';
import { Menu, type MenuBox } from '../base/menu.tsx';
import { idOf } from './anchor.ts';
import { ACTIONS, messageOf, type Subject } from './message-actions.ts';
import { onLongPress } from './long-press.ts';

/** Actions that the bar has by themselves; the menu has all. */
const IN_BAR = { copy: CopyIcon, quote: QuoteIcon } as const;

/** A message, and where its bar is, in pixels from the top and the end of the frame. */
interface Pointed {
  readonly element: HTMLElement;
  readonly top: number;
  readonly right: number;
}

export function MessageTools({ conversation, state }: { conversation: Conversation; state: State }) {
  const tools = useLazyTools();
  const { message } = tools.text;
  const place = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [menu, setMenu] = useState<{ readonly element: HTMLElement; readonly box: MenuBox } | null>(null);
  const [outcome, copied] = useOutcome();
  useEffect(
    () => watch(place.current!.parentElement!, setPointed, (element, box) => setMenu({ element, box })),
    [],
  );
  const subjectOf = (element: HTMLElement): Subject | null => {
    const id = idOf(element);
    const found = messageOf(conversation, id);
    if (!found) return null;
    const other = found.mine ? null : found.login;
    const away = other !== null && !isHere(state, other);
    const { text } = found;
    return { conversation, id, text, other, away, element, tools, copied };
  };
  const shown = pointed && subjectOf(pointed.element);
  const subject = menu && subjectOf(menu.element);
  return (
    <div ref={place}>
      {/* The bar shows it by its icon; by touch there is none. */}
      {outcome && isTouched() && <p class="copied">{outcome.words}</p>}
      {pointed && shown && (
        <div
          class="message-bar"
          role="toolbar"
          aria-label={message.actions}
          // A click leaves the focus where it is: Safari would take it from the message and give it to nothing, and the
          // bar would be gone before the click.
          onMouseDown={(event) => event.preventDefault()}
          style={{ top: `${pointed.top}px`, right: `${pointed.right}px` }}
        >
          {ACTIONS.filter(({ name, can }) => name in IN_BAR && can(shown)).map(({ name, label, run }) => {
            const icon = (name === 'copy' && outcome?.icon) || IN_BAR[name as keyof typeof IN_BAR];
            return (
              <IconButton
                key={name}
                tabIndex={-1}
                name={label(shown)}
                icon={icon}
                onClick={() => run(shown)}
              />
            );
          })}
          <IconButton
            tabIndex={-1}
            name={message.more}
            icon={MoreIcon}
            aria-haspopup="menu"
            onClick={({ currentTarget }) =>
              setMenu({ element: pointed.element, box: currentTarget.getBoundingClientRect() })
            }
          />
        </div>
      )}
      {menu && subject && (
        <Menu
          key={menu}
          label={message.actions}
          box={menu.box}
          // The browser says that one is closed when the next may be open.
          onClose={() => setMenu((now) => (now === menu ? null : now))}
          items={ACTIONS.filter(({ can }) => can(subject)).map(({ name, label, run }) => ({
            name,
            label: label(subject),
            run: () => run(subject),
          }))}
        />
      )}
    </div>
  );
}

const MESSAGE = '.log [data-id]';

/** Watches what someone does with the messages in the frame of a log. Returns a function that ends it. */
function watch(
  frame: HTMLElement,
  point: (to: Pointed | null | ((before: Pointed | null) => Pointed | null)) => void,
  open: (element: HTMLElement, box: MenuBox) => void,
): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const show = (element: HTMLElement) =>
    point((before) => {
      if (before?.element === element) return before;
      const [outer, own] = [frame.getBoundingClientRect(), element.getBoundingClientRect()];
      const top = Math.max(own.top, outer.top) - outer.top;
      return { element, top, right: outer.right - own.right };
    });
  const hide = () => point(null);
  const onPoint = ({ target, pointerType }: PointerEvent) => {
    if (pointerType !== 'mouse' || !(target instanceof Element) || target.closest('.message-bar')) return;
    const element = target.closest<HTMLElement>(MESSAGE);
    if (element) show(element);
    else hide();
  };
  const onFocus = ({ target }: FocusEvent) => {
    if (target instanceof HTMLElement && target.matches(MESSAGE) && target.matches(':focus-visible'))
      show(target);
  };
  // The search is in the frame as well; and a screen reader may move the focus to the bar.
  const onBlur = ({ target, relatedTarget: to }: FocusEvent) => {
    const isToBar = to instanceof Element && to.closest('.message-bar');
    if (target instanceof Element && target.matches(MESSAGE) && !isToBar) hide();
  };
  const onKey = (event: KeyboardEvent) => {
    const { target, key, shiftKey } = event;
    const isMenuKey = key === 'Enter' || key === 'ContextMenu' || (key === 'F10' && shiftKey);
    if (!isMenuKey || !(target instanceof HTMLElement) || !target.matches(MESSAGE)) return;
    event.preventDefault();
    open(target, target.getBoundingClientRect());
  };
  frame.addEventListener('pointerover', onPoint, { signal });
  // Scrolling has hidden the bar, perhaps, of the message under the pointer.
  frame.addEventListener('pointermove', onPoint, { signal });
  frame.addEventListener('pointerleave', hide, { signal });
  // The events of scrolling do not rise.
  frame.addEventListener('scroll', hide, { signal, capture: true });
  frame.addEventListener('focusin', onFocus, { signal });
  frame.addEventListener('focusout', onBlur, { signal });
  frame.addEventListener('keydown', onKey, { signal });
  stopNearAuthor(frame, signal);
  onLongPress(frame, signal, ({ target, clientX, clientY }) => {
    // The head of a group stands for its first message. A link has a menu of the browser.
    const pressed = target instanceof Element && !target.closest('a, .copy') ? target : null;
    const element =
      pressed?.closest<HTMLElement>(MESSAGE) ??
      pressed?.closest('.group')?.querySelector<HTMLElement>('[data-id]');
    if (!element) return false;
    open(element, { left: clientX, right: clientX, top: clientY, bottom: clientY });
    return true;
  });
  return () => ended.abort();
}

/** Stops what browsers take for a tap on an author's name: one on the first words of a message, close below it. */
function stopNearAuthor(frame: HTMLElement, signal: AbortSignal): void {
  let under: Element | null = null;
  frame.addEventListener(
    'pointerdown',
    ({ clientX, clientY }) => (under = document.elementFromPoint(clientX, clientY)),
    { signal },
  );
  frame.addEventListener(
    'click',
    (event) => {
      const author = event.target instanceof Element && event.target.closest('.author');
      // A screen reader clicks by no touch.
      if (!author || !('pointerType' in event) || event.pointerType !== 'touch') return;
      if (!author.contains(under)) event.stopPropagation();
    },
    { signal, capture: true },
  );
}
