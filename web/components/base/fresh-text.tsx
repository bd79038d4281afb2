/** A text that changes where it stands. */

/**
 * An element of its own for each text: whoever translates a page puts other nodes in the place of a text, and a change of
 * the text that was is then not seen by anyone.
 */
export function FreshText({ children }: { children: string | number }) {
  return <span key={children}>{children}</span>;
}

type Said = string | false | null | undefined;

/** Texts that stand beside each other as the one text that they are to a translator: nothing of it stays when one changes. */
export function inOneLine(texts: readonly Said[]): string {
  return texts.filter(Boolean).join(' ');
}
