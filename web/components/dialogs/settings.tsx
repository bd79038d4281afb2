import { useState } from 'preact/hooks';
import { LOCALE_NAMES, LOCALES } from '../../i18n/catalogue.ts';
import { allowNotifications, chime } from '../../platform/attention.ts';
import { chooseTheme, currentTheme, THEMES } from '../../platform/theme.ts';
import { chooseVoice, currentVoice } from '../../platform/voice.ts';
import { VOICES } from '../../selectors/announcements.ts';
import { chooseDensity, currentDensity, DENSITIES } from '../../platform/density.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools } from '../base/context.ts';
import { useTimer } from '../base/use-timer.ts';
import { Dialog } from './dialog.tsx';
import { Choice, Options } from '../base/choices.tsx';
import { firstHidden, hiddenCount } from '../../state/ignore-list.ts';
import { Head } from '../base/cat.tsx';

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
      <Remembered words={settings.theme} values={THEMES} current={currentTheme} choose={chooseTheme} />
      <Options
        label={first.language}
        options={LOCALES.map((one) => [one, LOCALE_NAMES[one]] as const)}
        chosen={state.locale}
        onChoose={(chosen) => actions.choose({ locale: chosen })}
      />
      <Remembered words={settings.voice} values={VOICES} current={currentVoice} choose={chooseVoice} />
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
      <Remembered words={density} values={DENSITIES} current={currentDensity} choose={chooseDensity} />
      <IgnoredPeople state={state} onClose={onClose} />
    </Dialog>
  );
}

/** A choice that this device remembers: how it is named, what there is, what is chosen now, and how another is. */
interface RememberedProps<T extends string> {
  words: Readonly<Record<T | 'label', string>>;
  values: readonly T[];
  current: () => T;
  choose: (value: T) => void;
}

function Remembered<T extends string>({ words, values, current, choose }: RememberedProps<T>) {
  const [chosen, setChosen] = useState(current);
  const onChoose = (value: T) => {
    choose(value);
    setChosen(value);
  };
  const options = values.map((value) => [value, words[value]] as const);
  return <Options label={words.label} options={options} chosen={chosen} onChoose={onChoose} />;
}

/** Section of the settings: lists the ignored people and what they have written unseen, and ends the ignoring. */
function IgnoredPeople({ state, onClose }: { state: State; onClose: () => void }) {
  const { text, actions, list } = useLazyTools();
  const { ignored } = text;
  return (
    <section class="ignored-people" aria-labelledby="ignored-title">
      <h3 id="ignored-title">{ignored.title}</h3>
      {state.ignoreList.size === 0 && <p class="note">{ignored.nobody}</p>}
      <ul>
        {[...state.ignoreList.values()].map((login) => {
          const hidden = hiddenCount(state, login);
          const show = () => {
            onClose();
            actions.open(firstHidden(state, login) ?? 'room');
          };
          return (
            <li key={login}>
              <Head login={login} />
              <bdi translate={false}>{login}</bdi>
              {hidden > 0 && (
                <button type="button" class="quiet plain" onClick={show}>
                  {ignored.show(hidden)}
                </button>
              )}
              <button
                type="button"
                class="quiet"
                aria-label={ignored.stop(login)}
                onClick={() => list.unignore(login)}
              >
                {ignored.end}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
