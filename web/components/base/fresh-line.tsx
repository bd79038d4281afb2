import { FreshText } from './fresh-text.tsx';

/** A line of a text that changes where it stands. */
export function FreshLine({ class: name, children }: { class: string; children: string }) {
  return (
    <p class={name}>
      <FreshText>{children}</FreshText>
    </p>
  );
}
