import { useState } from 'preact/hooks';
import { chooseTheme, currentTheme, THEMES } from '../../platform/theme.ts';
import { remember } from '../../platform/settings.ts';
import type { Actions } from '../../state/actions.ts';
import { useTools } from './context.ts';
import { LOCALE_NAMES, LOCALES, type Locale } from '../../i18n/catalogue.ts';

/** Button that changes the theme, in a circle: as the system has it, light, dark. */
export function ThemeSwitch() {
  const { text } = useTools();
  const [theme, setTheme] = useState(currentTheme);
  const turn = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" class="quiet plain" onClick={turn}>
      {text.theme[theme]}
    </button>
  );
}

/** Chooses a language, on this device. */
export function chooseLanguage(actions: Actions, locale: Locale): void {
  remember('locale', locale);
  actions.choose({ locale });
}

export function LocaleSwitch() {
  const { locale, text, actions } = useTools();
  return (
    <div class="locales" role="group" aria-label={text.language}>
      {LOCALES.map((choice) => (
        <button
          key={choice}
          type="button"
          lang={choice}
          aria-label={`${choice.toUpperCase()}, ${LOCALE_NAMES[choice]}`}
          aria-pressed={choice === locale}
          onClick={() => chooseLanguage(actions, choice)}
        >
          {choice.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
