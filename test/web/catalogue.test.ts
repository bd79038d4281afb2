import { describe, expect, it } from 'vitest';
import {
  CATALOGUES,
  chooseLocale,
  loadLazyCatalogue,
  LOCALES,
  type Locale,
} from '../../web/i18n/catalogue.ts';
import { day } from '../../web/i18n/day.ts';
import { clock, exact, regionOf } from '../../web/i18n/time.ts';
import { SAVED_ENTRIES } from '../../web/state/saved-form.ts';

const load = async (locale: Locale) => ({
  ...CATALOGUES[locale],
  lazy: await loadLazyCatalogue(locale),
});
const catalogues = { en: await load('en'), fr: await load('fr') };

/** Lists every text of a catalogue, by its path; functions get parameters that show in their text. */
function textsOf(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, (value as (...args: unknown[]) => string)('‹1›', '‹2›')]];
  return Object.entries(value as object).flatMap(([key, part]) => textsOf(part, `${path}.${key}`));
}

describe('the catalogues', () => {
  it('have the same keys, none empty', () => {
    const [first, ...others] = LOCALES.map((locale) => textsOf(catalogues[locale]));
    for (const other of others) expect(other.map(([path]) => path)).toEqual(first!.map(([path]) => path));
    for (const [path, text] of [first!, ...others].flat()) expect(text.trim(), path).not.toBe('');
  });

  it('use what they are given, the same in every language', () => {
    const used = LOCALES.map((locale) =>
      textsOf(catalogues[locale]).map(([path, text]) => [path, ...(text.match(/‹\d›/g) ?? []).sort()]),
    );
    expect(used[0]).toEqual(used[1]);
  });

  it('count in each language', () => {
    const unread = (count: number) => LOCALES.map((locale) => catalogues[locale].lazy.list.unread(count));
    expect(unread(1)).toEqual(['1 non lu', '1 unread']);
    expect(unread(2)).toEqual(['2 non lus', '2 unread']);
  });

  it('promise another tab no more of a conversation than is saved', () => {
    for (const locale of LOCALES) {
      const words = catalogues[locale].lazy.elsewhere.moved('lea');
      expect(Number(words.replace(/\D/gu, ''))).toBe(SAVED_ENTRIES);
    }
  });

  it('do not speak of clicks: many touch the screen', () => {
    for (const locale of LOCALES)
      for (const [path, text] of textsOf(catalogues[locale]))
        expect(text, path).not.toMatch(/\bcli(ck|que)/i);
  });

  it('in French put no name behind a word that would lose its vowel before Élodie', () => {
    const cut = /(?<!\p{L})(de|du|que|jusque|puisque|si|ne|se|le|la|je|me|te|ce)[\s\u00a0]+(«\u00a0)?‹\d›/iu;
    // Times are written in figures: before them nothing is cut.
    const isTime = (path: string) => /gaps?$/i.test(path);
    for (const [path, text] of textsOf(catalogues.fr)) if (!isTime(path)) expect(text, path).not.toMatch(cut);
  });

  it('in French put no plain space before high punctuation', () => {
    for (const [path, text] of textsOf(catalogues.fr)) expect(text, path).not.toMatch(/ [:;?!»]|« /);
  });

  it('name the commands of their own language', () => {
    const french = /\/(?:mp|prive|accepter|refuser|terminer|ignorer|reafficher|aide)\b/;
    const english = /\/(?:msg|private|accept|refuse|end|ignore|unignore|help)\b/;
    for (const [path, text] of textsOf(catalogues.fr)) expect(text, path).not.toMatch(english);
    for (const [path, text] of textsOf(catalogues.en)) expect(text, path).not.toMatch(french);
  });
});

describe('the language chosen', () => {
  it.each([
    [['fr-CA', 'en'], 'fr'],
    [['de', 'en-GB', 'fr'], 'en'],
    [['ja'], 'en'],
    [[], 'en'],
    [['FR'], 'fr'],
    [['frr', 'fr'], 'fr'],
  ])('of %j is %s', (preferred, locale) => {
    expect(chooseLocale(preferred)).toBe(locale);
  });
});

describe('times', () => {
  it('are written as in the region that is preferred', () => {
    expect(regionOf('en', ['fr-CA', 'en-GB', 'en-US'])).toBe('en-GB');
    expect(regionOf('fr', ['en-GB'])).toBe('fr');
  });

  it('are written as each language does', () => {
    const at = new Date(2026, 1, 3, 14, 5, 9).getTime();
    expect(clock('fr', at)).toBe('14:05');
    const inMarch = new Date(2026, 2, 1).getTime();
    expect(day('fr', at, inMarch)).toBe('mardi 3 février');
    expect(day('en-US', at, inMarch)).toBe('Tuesday, February 3');
    expect(day('en-GB', at, inMarch)).toBe('Tuesday 3 February');
    expect(exact('fr', at)).toContain('14:05:09');
  });

  it('say today and yesterday as such, and the year of another year', () => {
    const at = new Date(2026, 0, 1, 0, 5).getTime();
    expect(day('en', at, new Date(2026, 0, 1, 23, 59).getTime())).toBe('today');
    expect(day('fr', at, new Date(2026, 0, 2, 0, 1).getTime())).toBe('hier');
    expect(day('en-GB', at, new Date(2027, 0, 1).getTime())).toBe('Thursday, 1 January 2026');
  });
});
