import type { ButtonHTMLAttributes } from 'preact';

/** A button in words, quiet unless a class is given. */
export function Button(props: ButtonHTMLAttributes) {
  return <button type="button" class="quiet" {...props} />;
}
