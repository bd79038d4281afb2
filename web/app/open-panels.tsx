/** Panels over the page, which are loaded when the first is asked for. */
import { reportLoaded, reportMissing } from '../net/retry-import.ts';
import type { State } from '../state/state.ts';
import { Boundary } from '../components/base/boundary.tsx';
import type { Panel } from '../components/base/context.ts';
import { watched } from '../components/base/watched.ts';

/** Loads the panels; in a function of its own, since what follows an import directly the build takes for a part of it. */
const loadPanels = () => import('./panels.tsx');

let panels: Awaited<ReturnType<typeof loadPanels>> | undefined;
/** The panels that are open: the inspector stays while a dialog comes and goes. */
const open = watched<readonly Panel[]>([]);
const othersThan = (panel: Panel) => open.value.filter((one) => one !== panel);

/**
 * Shows a panel, or says that it cannot be had: it does not open by itself, long after someone has asked for it, nor when
 * that person has gone on with something else while it was loaded.
 */
export async function showPanel(panel: Panel): Promise<void> {
  const goneOn = new AbortController();
  const listen = () => {
    for (const sign of ['input', 'pointerdown'])
      addEventListener(sign, () => goneOn.abort(), { capture: true, signal: goneOn.signal });
  };
  // A command that shows it empties the field in the same task.
  setTimeout(listen);
  if (panel === 'jump') addEventListener('keydown', letFall, { capture: true, signal: goneOn.signal });
  try {
    panels ??= await loadPanels();
  } catch (error) {
    goneOn.abort();
    reportMissing(loadPanels, () => void showPanel(panel), error);
    return;
  }
  reportLoaded(loadPanels);
  if (goneOn.signal.aborted) return;
  goneOn.abort();
  const others = othersThan(panel);
  // The inspector is closed by what opens it: nothing modal lies over that.
  open.set(panel === 'wire' && others.length < open.value.length ? others : [...others, panel]);
}

/** Lets a key fall that is meant for the panel that finds a conversation: in the field a name and Enter would be a message. */
function letFall(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function OpenPanels({ state }: { state: State }) {
  const shown = open.use((now) => now);
  if (!panels) return null;
  const { PanelView } = panels;
  return shown.map((panel) => (
    <Boundary key={panel}>
      <PanelView panel={panel} state={state} onClose={() => open.set(othersThan(panel))} />
    </Boundary>
  ));
}
