import type { ButtonHTMLAttributes, ComponentType } from 'preact';

interface Props extends Omit<ButtonHTMLAttributes, 'icon' | 'name'> {
  /** Words for what it does. */
  name: string;
  icon: ComponentType;
}

/** A name for what is drawn: it is pointed at for the words, which a screen reader says once, as no description besides. */
export const named = (name: string) => ({ 'aria-label': name, 'aria-description': '', title: name });

/** A button that is drawn, and has a name: whoever points at it sees the words. */
export function IconButton({ name, icon: Icon, ...others }: Props) {
  return (
    <button type="button" {...named(name)} {...others}>
      <Icon />
    </button>
  );
}
