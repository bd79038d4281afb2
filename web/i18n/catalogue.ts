/** Languages: a missing, extra or differently shaped text in any catalogue does not compile. */
import { insist } from '../device/insist.ts';
import type { LaterCatalogue } from './en-later.ts';
import type { Catalogue } from './en.ts';

export type { Catalogue, LaterCatalogue };

export type Locale = 'en' | 'fr';

export const LOCALES: readonly Locale[] = ['fr', 'en'];

const LOADERS: Readonly<
  Record<Locale, { first: () => Promise<Catalogue>; later: () => Promise<LaterCatalogue> }>
> = {
  en: {
    first: async () => (await import('./en.ts')).en,
    later: async () => (await import('./en-later.ts')).enLater,
  },
  fr: {
    first: async () => (await import('./fr.ts')).fr,
    later: async () => (await import('./fr-later.ts')).frLater,
  },
};

/** Each language is loaded when it is first spoken. */
export function loadCatalogue(locale: Locale): Promise<Catalogue> {
  return insist(LOADERS[locale].first);
}

export function loadLaterCatalogue(locale: Locale): Promise<LaterCatalogue> {
  return insist(LOADERS[locale].later);
}

/** The first of the preferred languages that there is a catalogue for, else English. */
export function chooseLocale(preferred: readonly string[]): Locale {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split('-')[0];
    const locale = LOCALES.find((candidate) => candidate === language);
    if (locale) return locale;
  }
  return 'en';
}

/** The name of each language in itself. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = { en: 'English', fr: 'Français' };
