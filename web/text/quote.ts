/** Quoting a message in another one. */

/** A text as a quote, each of its lines behind `> `. */
export function quoteOf(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

/** A draft with a quote at its end, and a line to go on in. */
export function withQuote(draft: string, text: string): string {
  const before = draft.trimEnd();
  return `${before === '' ? '' : `${before}\n\n`}${quoteOf(text)}\n`;
}
