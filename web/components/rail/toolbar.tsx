import { PanelButtons } from '../base/panel-buttons.tsx';

/** Toolbar: the panels that are always at hand. */
export function Toolbar() {
  return <PanelButtons panels={['jump', 'invite', 'settings', 'wire', 'help']} />;
}
