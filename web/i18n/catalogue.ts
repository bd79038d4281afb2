/** Languages: a missing, extra or differently shaped text in any catalogue does not compile. */
import type { en } from './en.ts';

export type Catalogue = typeof en;
export type Locale = 'en' | 'fr';

export const LOCALES: readonly Locale[] = ['fr', 'en'];

const LOADERS: Readonly<Record<Locale, () => Promise<Catalogue>>> = {
  en: async () => (await import('./en.ts')).en,
  fr: async () => (await import('./fr.ts')).fr,
};

/** Each language is loaded when it is first spoken. Rejects when the server is away. */
export function loadCatalogue(locale: Locale): Promise<Catalogue> {
  return LOADERS[locale]();
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
