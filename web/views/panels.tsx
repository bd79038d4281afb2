/** What is shown over the page on demand: loaded when first asked for. */
import type { State } from '../store/state.ts';
import { Inspector } from '../wire/inspector.tsx';
import type { Panel } from './context.ts';
import { Help } from './help.tsx';
import { Jump } from './jump.tsx';
import { Settings } from './settings.tsx';

interface Props {
  panel: Panel;
  state: State;
  onClose: () => void;
}

export function PanelView({ panel, state, onClose }: Props) {
  if (panel === 'help') return <Help onClose={onClose} />;
  if (panel === 'settings') return <Settings state={state} onClose={onClose} />;
  return panel === 'wire' ? <Inspector onClose={onClose} /> : <Jump state={state} onClose={onClose} />;
}
