import { useEffect, useState } from 'preact/hooks';
import type { State } from '../store/state.ts';
import type { Panel } from './context.ts';

type Panels = typeof import('./panels.tsx');

/** The panels that are open: the inspector stays while a dialog comes and goes. */
export function usePanels() {
  const [open, setOpen] = useState<readonly Panel[]>([]);
  const [panels, setPanels] = useState<Panels | null>(null);
  const [show] = useState(
    () => (panel: Panel) => setOpen((now) => [...now.filter((one) => one !== panel), panel]),
  );
  const [close] = useState(() => (panel: Panel) => setOpen((now) => now.filter((one) => one !== panel)));
  const wanted = open.length > 0;
  useEffect(() => {
    if (!wanted || panels) return;
    // Away from the server there is nothing to show it with: asking again tries again.
    import('./panels.tsx').then(setPanels, () => setOpen([]));
  }, [wanted]);
  const view = (state: State) =>
    panels &&
    open.map((panel) => (
      <panels.PanelView key={panel} panel={panel} state={state} onClose={() => close(panel)} />
    ));
  return { show, view };
}
