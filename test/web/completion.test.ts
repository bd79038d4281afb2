import { describe, expect, it } from 'vitest';
import { closedEmoji, completionAt } from '../../web/selectors/completion.ts';

const NAMES = ['bob', 'Léa', 'Bobette', 'Jean Paul', '太郎', 'İbrahim'];

/** Applies each proposal to the text. */
const complete = (before: string, asked = false, names = NAMES) => {
  const completion = completionAt(before, () => names, asked);
  return completion?.proposals.map(({ text }) => before.slice(0, completion.from) + text) ?? [];
};

describe('completion', () => {
  it.each([
    ['@', ['@bob ', '@Léa ', '@Bobette ', '@Jean Paul ', '@太郎 ', '@İbrahim ']],
    ['hi @BO', ['hi @bob ', 'hi @Bobette ']],
    ['@lea', ['@Léa ']],
    ['/msg le', ['/msg Léa ']],
    ['/private b', ['/private bob ', '/private Bobette ']],
    ['/private ', NAMES.map((name) => `/private ${name} `)],
    // No space is put before a name in these scripts.
    ['交给@太', ['交给@太郎 ']],
    ['交给@bob和@太', ['交给@bob和@太郎 ']],
    ['＠太', ['@太郎 ']],
    ['(@bo', ['(@bob ', '(@Bobette ']],
    ['「@bo', ['「@bob ', '「@Bobette ']],
    ['@ibra', ['@İbrahim ']],
    ['好:ramen', ['好🍜 ']],
    ['(:ramen', ['(🍜 ']],
    ['/m', ['/msg ']],
    ['/', ['/msg ', '/private ', '/accept ', '/refuse ', '/end ', '/ignore ', '/unignore ', '/help ']],
    [':ramen', ['🍜 ']],
    ['so :croiss', ['so 🥐 ']],
  ])('of %j', (before, completed) => {
    expect(complete(before)).toEqual(completed);
  });

  it.each([
    'bo',
    'mail@bo',
    'a.@bo',
    'https://example.org/@bo',
    '@bob',
    '/help',
    'x /m',
    '12:30',
    ':',
    ':s',
    'http://x',
    'a:smile',
    ':nosuchthing',
    '',
  ])('of %j is nothing', (before) => {
    expect(complete(before).filter((text) => text !== '@bob ' && text !== '@Bobette ')).toEqual([]);
  });

  it.each([
    ['/private bob', ['/private bob ', '/private bob2 ', '/private Bobette ']],
    ['hi @bob', ['hi @bob ', 'hi @bob2 ', 'hi @Bobette ']],
    ['hi @BOB', ['hi @bob ', 'hi @bob2 ', 'hi @Bobette ']],
    ['@lea', ['@Léa ', '@Lea ']],
    ['@Lea', ['@Lea ', '@Léa ']],
    // A whole name that nobody else's begins with needs no proposal.
    ['@bob2', []],
  ])('of %j takes the name that is written whole before those that only begin so', (before, completed) => {
    const names = ['bob2', 'Bobette', 'Léa', 'bob', 'Lea'];
    expect(complete(before, false, names)).toEqual(completed);
  });

  it('of a word that is no name asks for none: a room of thousands has to be gone through for them', () => {
    const names = () => expect.unreachable();
    for (const typed of ['hello wor', ':cat', '/m', '/help']) completionAt(typed, names, false);
  });

  it('by Tab finds names for any word', () => {
    expect(complete('hi bo', true)).toEqual(['hi bob ', 'hi Bobette ']);
    expect(complete('hi ', true)).toEqual([]);
    expect(complete('xyz', true)).toEqual([]);
  });

  it('puts emoji that begin with the query first', () => {
    expect(completionAt(':cat', () => NAMES, false)?.proposals[0]?.sign).toBe('🐱');
    expect(completionAt(':cat', () => NAMES, false)?.proposals.map(({ label }) => label)).toContain(
      ':joy_cat:',
    );
  });

  it('replaces an emoji name when it is closed', () => {
    expect(closedEmoji('well :tada:')).toEqual([{ from: 5, to: 11, text: '🎉' }]);
    expect(closedEmoji('好:cat:').map(({ text }) => text)).toEqual(['🐱']);
    expect(closedEmoji(':cat:好').map(({ text }) => text)).toEqual(['🐱']);
    expect(closedEmoji(':+1: :cat:').map(({ text }) => text)).toEqual(['🐱', '👍']);
    for (const text of ['10:30:', ':nosuchthing:', 'std::cat:', ':cat:x', '::'])
      expect(closedEmoji(text)).toEqual([]);
  });

  it('proposes commands by their names in the language of the page, and by the others', () => {
    const proposed = (typed: string) =>
      completionAt(typed, () => [], false, 'fr')?.proposals.map(({ label }) => label);
    expect(proposed('/')?.slice(0, 2)).toEqual(['/mp', '/prive']);
    expect(proposed('/ms')).toEqual(['/msg']);
    expect(proposed('/mp')).toBeUndefined();
  });
});
