/** Languages: a missing, extra or differently shaped text in any catalogue does not compile. */
import { retryImport } from '../net/retry-import.ts';
import type { LazyCatalogue } from './en-lazy.ts';
import type { Catalogue } from './en.ts';

export type { Catalogue, LazyCatalogue };

export type Locale = 'en' | 'fr';

export const LOCALES: readonly Locale[] = ['fr', 'en'];

/** Loaders of the catalogues, each of which exports its texts by default. */
const LOADERS = {
  en: { first: () => import('./en.ts'), lazy: () => import('./en-lazy.ts') },
  fr: { first: () => import('./fr.ts'), lazy: () => import('./fr-lazy.ts') },
} as const;

/** Loads the texts of a language when it is first spoken. `signal` says that nobody wants them any more. */
export async function loadCatalogue(locale: Locale, signal?: AbortSignal): Promise<Catalogue> {
  return (await retryImport<{ default: Catalogue }>(LOADERS[locale].first, signal)).default;
}

export async function loadLazyCatalogue(locale: Locale, signal?: AbortSignal): Promise<LazyCatalogue> {
  return (await retryImport<{ default: LazyCatalogue }>(LOADERS[locale].lazy, signal)).default;
}

/** The texts to begin with: in another language when they cannot be had in this one. */
export function loadFirstCatalogue(locale: Locale): Promise<{ locale: Locale; text: Catalogue }> {
  const load = async (spoken: Locale) => ({ locale: spoken, text: (await LOADERS[spoken].first()).default });
  return retryImport(() => load(locale).catch(() => load(locale === 'en' ? 'fr' : 'en')));
}

/** Languages that the person reads, as far as the browser names any. */
export function preferredLanguages(): readonly string[] {
  const { languages, language }: { languages?: unknown; language?: unknown } = navigator;
  return [languages, language].flat().filter((tag) => typeof tag === 'string');
}

/** `en` of `en-GB`, and of the `en_GB.UTF-8` that some systems have. */
export function languageOf(tag: string): string | undefined {
  return tag.toLowerCase().split(/[^a-z]/)[0];
}

/** The first of the preferred languages that there is a catalogue for, else English. */
export function chooseLocale(preferred: readonly string[]): Locale {
  for (const tag of preferred) {
    const locale = LOCALES.find((candidate) => candidate === languageOf(tag));
    if (locale) return locale;
  }
  return 'en';
}

/** The name of each language in itself. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = { en: 'English', fr: 'Français' };
