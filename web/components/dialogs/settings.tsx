import { useState } from 'preact/hooks';
import { allowNotices, chime } from '../../platform/attention.ts';
import { chooseDensity, currentDensity, DENSITIES } from '../../platform/density.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { Dialog } from './dialog.tsx';

/** Settings: what the person wants to be told, and how. */
export function Settings({ state, onClose }: { state: State; onClose: () => void }) {
  const { actions } = useTools();
  const { tools, settings, people } = useLazyTools().text;
  const [blocked, setBlocked] = useState(false);
  const setNotices = async (on: boolean) => {
    const allowed = !on || (await allowNotices());
    setBlocked(!allowed);
    actions.choose({ notices: on && allowed });
  };
  const setSound = (on: boolean) => {
    // The sound is a sample; and browsers let a page sound only after someone has touched it.
    if (on) chime();
    actions.choose({ sound: on });
  };
  return (
    <Dialog class="settings" title={tools.settings} onClose={onClose}>
      <p>{settings.when}</p>
      <Choice on={state.sound} set={setSound} label={settings.sound} />
      <Choice on={state.notices} set={(on) => void setNotices(on)} label={settings.notices} />
      <p class="problem" role="alert">
        {blocked && settings.blocked}
      </p>
      <Choice
        on={state.showsPresence}
        set={(showsPresence) => actions.choose({ showsPresence })}
        label={people.showPresence}
      />
      <DensityChoice />
    </Dialog>
  );
}

/** How much of a conversation is in sight at once. */
function DensityChoice() {
  const { density: words } = useLazyTools().text;
  const [density, setDensity] = useState(currentDensity);
  return (
    <fieldset class="density">
      <legend>{words.label}</legend>
      {DENSITIES.map((choice) => (
        <label key={choice} class="choice">
          <input
            type="radio"
            name="density"
            checked={choice === density}
            onChange={() => {
              chooseDensity(choice);
              setDensity(choice);
            }}
          />
          {words[choice]}
        </label>
      ))}
    </fieldset>
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
