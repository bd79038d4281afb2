import { useState } from 'preact/hooks';
import { reportLoaded, reportMissing } from '../net/retry-import.ts';
import type { State } from '../state/state.ts';
import { Boundary } from '../components/base/boundary.tsx';
import type { Panel } from '../components/base/context.ts';

type Panels = typeof import('./panels.tsx');

/** Loads the panels; in a function of its own, since what follows an import directly the build takes for a part of it. */
const loadPanels = () => import('./panels.tsx');

/** The panels that are open: the inspector stays while a dialog comes and goes. */
export function usePanels() {
  const [open, setOpen] = useState<readonly Panel[]>([]);
  const [panels, setPanels] = useState<Panels | null>(null);
  const [close] = useState(() => (panel: Panel) => setOpen((now) => now.filter((one) => one !== panel)));
  const [show] = useState(() => (panel: Panel) => {
    // The inspector is closed by what opens it: nothing modal lies over that.
    setOpen((now) => {
      const others = now.filter((one) => one !== panel);
      return panel === 'wire' && others.length < now.length ? others : [...others, panel];
    });
    const arrived = (loaded: Panels) => {
      reportLoaded(close);
      setPanels(loaded);
    };
    // It does not open by itself, long after someone has asked for it.
    const failed = (error: unknown) => {
      setOpen([]);
      reportMissing(close, () => show(panel), error);
    };
    loadPanels().then(arrived, failed);
  });
  const view = (state: State) =>
    panels &&
    open.map((panel) => (
      <Boundary key={panel}>
        <panels.PanelView panel={panel} state={state} onClose={() => close(panel)} />
      </Boundary>
    ));
  return { show, view };
}
