/** Languages: a missing, extra or differently shaped text in any catalogue does not compile. */
import { en } from './en.ts';
import { fr } from './fr.ts';

export type Catalogue = typeof en;
export type Locale = 'en' | 'fr';

export const LOCALES: readonly Locale[] = ['fr', 'en'];
export const catalogues: Readonly<Record<Locale, Catalogue>> = { en, fr };

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
