/** Panels shown over the page on demand: loaded when first asked for. */
import type { State } from '../state/state.ts';
import { Inspector } from '../components/dialogs/wire-inspector.tsx';
import type { Panel } from '../components/base/context.ts';
import { Help } from '../components/dialogs/help.tsx';
import { Invite } from '../components/dialogs/invite.tsx';
import { Jump } from '../components/dialogs/jump.tsx';
import { Settings } from '../components/dialogs/settings.tsx';

interface Props {
  panel: Panel;
  state: State;
  onClose: () => void;
}

export function PanelView({ panel, state, onClose }: Props) {
  if (panel === 'help') return <Help onClose={onClose} />;
  if (panel === 'invite') return <Invite state={state} onClose={onClose} />;
  if (panel === 'settings') return <Settings state={state} onClose={onClose} />;
  if (panel === 'wire') return <Inspector onClose={onClose} />;
  return <Jump state={state} onClose={onClose} />;
}
