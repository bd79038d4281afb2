/** Languages: a missing, extra or differently shaped text in any catalogue does not compile. */
import { retryImport } from '../net/retry-import.ts';
import type { LazyCatalogue } from './en-lazy.ts';
import { en, type Catalogue } from './en.ts';
import { fr } from './fr.ts';

export type { Catalogue, LazyCatalogue };

export type Locale = 'en' | 'fr';

export const LOCALES: readonly Locale[] = ['fr', 'en'];

/** The texts of a working room, in all languages: the first screen waits for no other file than the page's own. */
export const CATALOGUES: Readonly<Record<Locale, Catalogue>> = { en, fr };

/** Loaders of the lazy catalogues, each of which exports its texts by default. */
const LOADERS = { en: () => import('./en-lazy.ts'), fr: () => import('./fr-lazy.ts') } as const;

/** Loads the lazy texts of a language when it is first spoken. `signal` says that nobody wants them any more. */
export async function loadLazyCatalogue(locale: Locale, signal?: AbortSignal): Promise<LazyCatalogue> {
  return (await retryImport<{ default: LazyCatalogue }>(LOADERS[locale], signal)).default;
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
  const languages = preferred.map(languageOf);
  return languages.find((language): language is Locale => LOCALES.some((one) => one === language)) ?? 'en';
}

/** The name of each language in itself. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = { en: 'English', fr: 'Français' };
