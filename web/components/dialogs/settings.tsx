import { useEffect, useState } from 'preact/hooks';
import { LOCALE_NAMES, LOCALES } from '../../i18n/catalogue.ts';
import { allowNotifications, chime } from '../../platform/attention.ts';
import { chooseTheme, currentTheme, THEMES } from '../../platform/theme.ts';
import { chooseVoice, currentVoice } from '../../platform/voice.ts';
import { VOICES } from '../../selectors/announcements.ts';
import { chooseDensity, currentDensity, DENSITIES } from '../../platform/density.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { Dialog } from './dialog.tsx';
import { IgnoredPeople } from './ignored-people.tsx';
import { Options } from './options.tsx';

/** Timeout of a language, in ms: what the page says of one that cannot be had, this dialog would cover. */
const LANGUAGE_MS = 1_500;

/** Settings: how the page looks and speaks, and what the person wants to be told, and how. */
export function Settings({ state, onClose }: { state: State; onClose: () => void }) {
  const { actions, locale } = useTools();
  const { tools, settings, people } = useLazyTools().text;
  const [blocked, setBlocked] = useState(false);
  useEffect(() => {
    if (state.locale === locale) return;
    const timer = setTimeout(onClose, LANGUAGE_MS);
    return () => clearTimeout(timer);
  }, [state.locale, locale]);
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
      <Appearance state={state} />
      <VoiceChoice />
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
      <DensityChoice />
      <IgnoredPeople state={state} onClose={onClose} />
    </Dialog>
  );
}

/** Theme and language. */
function Appearance({ state }: { state: State }) {
  const { text, actions } = useTools();
  const { theme: words } = useLazyTools().text.settings;
  const [theme, setTheme] = useState(currentTheme);
  return (
    <>
      <Options
        label={words.label}
        options={THEMES.map((one) => [one, words[one]] as const)}
        chosen={theme}
        onChoose={(chosen) => {
          chooseTheme(chosen);
          setTheme(chosen);
        }}
      />
      <Options
        label={text.language}
        options={LOCALES.map((one) => [one, LOCALE_NAMES[one]] as const)}
        chosen={state.locale}
        onChoose={(locale) => actions.choose({ locale })}
      />
    </>
  );
}

/** Chooses what a screen reader reads out. */
function VoiceChoice() {
  const { voice: words } = useLazyTools().text.settings;
  const [voice, setVoice] = useState(currentVoice);
  return (
    <Options
      label={words.label}
      options={VOICES.map((one) => [one, words[one]] as const)}
      chosen={voice}
      onChoose={(chosen) => {
        chooseVoice(chosen);
        setVoice(chosen);
      }}
    />
  );
}

/** Chooses how much of a conversation is in sight at once. */
function DensityChoice() {
  const { density: words } = useLazyTools().text;
  const [density, setDensity] = useState(currentDensity);
  return (
    <Options
      label={words.label}
      options={DENSITIES.map((one) => [one, words[one]] as const)}
      chosen={density}
      onChoose={(chosen) => {
        chooseDensity(chosen);
        setDensity(chosen);
      }}
    />
  );
}

function Choice({ on, set, label }: { on: boolean; set: (on: boolean) => void; label: string }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
