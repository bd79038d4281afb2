import { LOCALE_NAMES, LOCALES } from '../../i18n/catalogue.ts';
import { useTools } from './context.ts';

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
          onClick={() => actions.choose({ locale: choice })}
        >
          {choice.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
