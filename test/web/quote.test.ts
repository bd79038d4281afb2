import { describe, expect, it } from 'vitest';
import { format, shownOf } from '../../web/text/format.ts';
import { quoteOf, withQuote } from '../../web/text/quote.ts';

describe('a quote', () => {
  it('has its sign before each line, and is shown as one', () => {
    expect(quoteOf('one\n\ntwo\n')).toBe('> one\n>\n> two');
    expect(format(quoteOf('one\n\ntwo'))).toHaveLength(1);
    expect(shownOf(format(quoteOf('```js\na\n```')))).toBe('a');
  });

  it('comes behind what is being written', () => {
    expect(withQuote('', 'a')).toBe('> a\n');
    expect(withQuote('so \n', 'a')).toBe('so\n\n> a\n');
  });
});
