/** Panels shown over the page on demand: loaded when first asked for. */
import type { ComponentType } from 'preact';
import type { State } from '../state/state.ts';
import { Inspector } from '../components/dialogs/wire-inspector.tsx';
import type { Panel } from '../components/base/context.ts';
import { Help } from '../components/dialogs/help.tsx';
import { Invite } from '../components/dialogs/invite.tsx';
import { Jump } from '../components/dialogs/jump.tsx';
import { Settings } from '../components/dialogs/settings.tsx';

interface Props {
  state: State;
  onClose: () => void;
}

const VIEWS: Readonly<Record<Panel, ComponentType<Props>>> = {
  help: Help,
  invite: Invite,
  jump: Jump,
  settings: Settings,
  wire: Inspector,
};

export function PanelView({ panel, ...props }: Props & { panel: Panel }) {
  const View = VIEWS[panel];
  return <View {...props} />;
}
