/** Theme of the page: light, dark, or as the system has it. */
import { recallOne, remember } from './settings.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Colours of the browser's own bars: `--ground` of each theme. */
const GROUNDS = { light: '#e3e9e6', dark: '#0f1317' } as const;

export function currentTheme(): Theme {
  return recallOne('theme', THEMES, 'system');
}

export function chooseTheme(theme: Theme): void {
  remember('theme', theme);
  applyTheme(theme);
}

/** Applies a theme to the page; tokens.css does the rest by `color-scheme`. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light';
    meta.content = GROUNDS[theme === 'system' ? own : theme];
  }
}
