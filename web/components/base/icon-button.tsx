import type { ComponentType } from 'preact';

interface Props {
  class: string;
  /** Words for what it does. */
  name: string;
  icon: ComponentType;
  onClick: () => void;
}

/** A button that is drawn, and has a name: whoever points at it sees the words. */
export function IconButton({ class: style, name, icon: Icon, onClick }: Props) {
  return (
    <button type="button" class={style} aria-label={name} title={name} onClick={onClick}>
      <Icon />
    </button>
  );
}
