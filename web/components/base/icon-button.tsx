import type { ButtonHTMLAttributes, ComponentType } from 'preact';

interface Props extends Omit<ButtonHTMLAttributes, 'icon' | 'name'> {
  /** Words for what it does. */
  name: string;
  icon: ComponentType;
}

/** A button that is drawn, and has a name: whoever points at it sees the words. */
export function IconButton({ name, icon: Icon, ...others }: Props) {
  return (
    <button type="button" aria-label={name} title={name} {...others}>
      <Icon />
    </button>
  );
}
