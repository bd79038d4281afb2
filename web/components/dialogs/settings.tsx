import { useState } from 'preact/hooks';
import { LOCALE_NAMES, LOCALES } from '../../i18n/catalogue.ts';
import { allowNotifications, chime } from '../../platform/attention.ts';
import { recallOne, remember, type Setting } from '../../platform/settings.ts';
import { applyTheme, THEMES } from '../../platform/theme.ts';
import { VOICES } from '../../selectors/announcements.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { useTimer } from '../base/use-timer.ts';
import { Dialog } from './dialog.tsx';
import { IgnoredPeople } from './ignored-people.tsx';
import { Choice, Options } from '../base/choices.tsx';
import { chooseLanguage } from '../base/switches.tsx';

/** Timeout of a language, in ms: what the page says of one that cannot be had, this dialog would cover. */
const LANGUAGE_MS = 1_500;

/** Settings: how the page looks and speaks, and what the person wants to be told, and how. */
export function Settings({ state, onClose }: { state: State; onClose: () => void }) {
  const { first, text, actions, locale } = useLazyTools();
  const { tools, settings, people, density } = text;
  const [blocked, setBlocked] = useState(false);
  useTimer(state.locale !== locale, LANGUAGE_MS, onClose, [state.locale]);
  const setNotifications = async (on: boolean) => {
    const allowed = !on || (await allowNotifications());
    setBlocked(!allowed);
    actions.choose({ notifications: on && allowed });
  };
  const setSound = (on: boolean) => {
    // The sound is a sample; and browsers let a page sound only after someone has touched it.
    if (on) chime();
    actions.choose({ sound: on });
  };
  return (
    <Dialog class="settings" title={tools.settings} onClose={onClose}>
      <Remembered setting="theme" words={settings.theme} values={THEMES} usual="system" apply={applyTheme} />
      <Options
        label={first.language}
        areLanguages
        options={LOCALES.map((one) => [one, LOCALE_NAMES[one]] as const)}
        chosen={state.locale}
        onChoose={(chosen) => chooseLanguage(actions, chosen)}
      />
      <Remembered setting="voice" words={settings.voice} values={VOICES} usual="all" />
      <h3>{settings.calls}</h3>
      <p>{settings.when}</p>
      <Choice on={state.sound} set={setSound} label={settings.sound} />
      <Choice
        on={state.notifications}
        set={(on) => void setNotifications(on)}
        label={settings.notifications}
      />
      <p class="problem" role="alert">
        {blocked && settings.blocked}
      </p>
      <h3>{settings.room}</h3>
      <Choice
        on={state.showsPresence}
        set={(showsPresence) => actions.choose({ showsPresence })}
        label={people.showPresence}
      />
      <Remembered setting="density" words={density} values={DENSITIES} usual="normal" apply={applyDensity} />
      <IgnoredPeople state={state} onClose={onClose} />
    </Dialog>
  );
}

/** Densities: how much of a conversation is in sight at once, from large letters to a line for each message. */
const DENSITIES = ['compact', 'normal', 'presentation'] as const;

/** Applies a density to the page; density.css does the rest. At the start of the page main.tsx applies it. */
function applyDensity(density: string): void {
  document.documentElement.dataset['density'] = density;
}

/** A choice that this device remembers. */
interface RememberedProps<T extends string> {
  setting: Setting;
  words: Readonly<Record<T | 'label', string>>;
  values: readonly T[];
  /** Value as long as none was chosen. */
  usual: T;
  apply?: (value: T) => void;
}

function Remembered<T extends string>({ setting, words, values, usual, apply }: RememberedProps<T>) {
  const [chosen, setChosen] = useState(() => recallOne(setting, values, usual));
  const onChoose = (value: T) => {
    remember(setting, value);
    apply?.(value);
    setChosen(value);
  };
  const options = values.map((value) => [value, words[value]] as const);
  return <Options label={words.label} options={options} chosen={chosen} onChoose={onChoose} />;
}
