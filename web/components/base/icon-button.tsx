import type { ComponentType } from 'preact';

interface Props {
  class: string;
  /** Words for what it does. */
  name: string;
  icon: ComponentType;
  /** True while what it shows stays beside it, for a button that does so. */
  isOpen?: boolean | undefined;
  onClick: () => void;
}

/** A button that is drawn, and has a name: whoever points at it sees the words. */
export function IconButton({ class: style, name, icon: Icon, isOpen, onClick }: Props) {
  return (
    <button
      type="button"
      class={style}
      aria-label={name}
      title={name}
      aria-expanded={isOpen}
      onClick={onClick}
    >
      <Icon />
    </button>
  );
}
