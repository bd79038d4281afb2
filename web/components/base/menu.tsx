import type { TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isTouched } from '../../platform/media.ts';
import { fold } from '../../text/fold.ts';
import { IconButton } from './icon-button.tsx';
import { MoreIcon } from './lazy-icons.tsx';
import { LiveRegion } from './live-region.tsx';
import { useMovedRows } from './moved-rows.ts';
import { useListener } from './use-listener.ts';
import { useModal } from './use-level.ts';

export interface MenuItem {
  readonly name: string;
  readonly label: string;
  readonly run: () => void;
}

/** Box of the element that a menu belongs to, in pixels of the window: it opens beside it. */
export type MenuBox = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>;

interface Props {
  label: string;
  items: readonly MenuItem[];
  box: MenuBox;
  onClose: () => void;
}

/** Button that opens a menu. */
export function MenuButton({ label, items }: Pick<Props, 'label' | 'items'>) {
  const [box, setBox] = useState<MenuBox | null>(null);
  return (
    <>
      <IconButton
        class="menu-button"
        name={label}
        icon={MoreIcon}
        aria-haspopup="menu"
        // The focus stays where it is, and goes back there: in a field that one writes in. By touch that would be its keyboard.
        onMouseDown={(event) => !isTouched() && event.preventDefault()}
        onClick={({ currentTarget }) => setBox(currentTarget.getBoundingClientRect())}
      />
      {box && (
        <Menu
          key={box}
          label={label}
          box={box}
          // The browser says that one is closed when the next may be open.
          onClose={() => setBox((now) => (now === box ? null : now))}
          items={items}
        />
      )}
    </>
  );
}

/** Distance from what it belongs to, and from the border of the window, in pixels. */
const GAP = 6;

/**
 * A menu: arrow keys and first letters go through it, Escape, Back, shortcuts and a click beside it close it, and the focus
 * goes back. What is chosen is done after that.
 */
export function Menu({ label, items, box, onClose }: Props) {
  const dialog = useModal(onClose);
  const rows = useMovedRows<HTMLDivElement>();
  const chosen = useRef<MenuItem | null>(null);
  const put = () => putBeside(dialog.current!, box);
  // A phone that is turned has another window.
  useListener('resize', put);
  useLayoutEffect(() => {
    put();
    buttonsOf(dialog.current!)[0]?.focus();
    return () => chosen.current?.run();
  }, []);
  const choose = (item: MenuItem) => {
    chosen.current = item;
    onClose();
  };
  return (
    <dialog
      ref={dialog}
      class="menu"
      aria-label={label}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      // A shortcut of the page means what it always does: the menu gives way, and the key goes on.
      onKeyDown={(event) => isShortcut(event) && dialog.current?.close()}
      onContextMenu={(event) => event.preventDefault()}
    >
      <div {...rows} role="menu" onKeyDown={step}>
        {items.map((item) => (
          <button key={item.name} type="button" role="menuitem" tabIndex={-1} onClick={() => choose(item)}>
            {item.label}
          </button>
        ))}
      </div>
      <LiveRegion />
    </dialog>
  );
}

/** True for the keys that shortcuts and the search of the log begin with. */
function isShortcut({ key, altKey, ctrlKey, metaKey }: TargetedKeyboardEvent<HTMLElement>): boolean {
  if (altKey && !ctrlKey) return key === 'ArrowUp' || key === 'ArrowDown';
  return key === 'F6' || ((ctrlKey || metaKey) && !altKey && /^[fk]$/i.test(key));
}

const buttonsOf = (menu: Element) => [...menu.querySelectorAll<HTMLElement>('button')];

function step(event: TargetedKeyboardEvent<HTMLElement>): void {
  const buttons = buttonsOf(event.currentTarget);
  const at = buttons.findIndex((button) => button === document.activeElement);
  const last = buttons.length - 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at === last ? 0 : at + 1,
    ArrowUp: at <= 0 ? last : at - 1,
    Home: 0,
    End: last,
    Tab: at,
  };
  const next = steps[event.key] ?? startingWith(event, buttons, at);
  if (next < 0 || isShortcut(event)) return;
  event.preventDefault();
  buttons[next]?.focus();
}

/** Index of the next button whose label begins with the letter of a key; -1 for none. */
function startingWith(
  { key, altKey, ctrlKey, metaKey }: TargetedKeyboardEvent<HTMLElement>,
  buttons: readonly HTMLElement[],
  at: number,
): number {
  if (key.length > 1 || altKey || ctrlKey || metaKey) return -1;
  const begins = buttons.map(({ textContent }) => fold(textContent).startsWith(fold(key)));
  const next = begins.indexOf(true, at + 1);
  return next < 0 ? begins.indexOf(true) : next;
}

/** Puts a menu below a box where there is room, else above it, and always in the window. */
function putBeside(menu: HTMLElement, box: MenuBox): void {
  const { width, height } = menu.getBoundingClientRect();
  const isBelow = box.bottom + GAP + height <= innerHeight - GAP;
  const top = isBelow ? box.bottom + GAP : box.top - GAP - height;
  const isLeftToRight = getComputedStyle(menu).direction === 'ltr';
  const left = isLeftToRight ? box.right - width : box.left;
  menu.style.top = `${within(top, innerHeight - height)}px`;
  menu.style.left = `${within(left, innerWidth - width)}px`;
}

function within(place: number, end: number): number {
  return Math.max(GAP, Math.min(place, end - GAP));
}
