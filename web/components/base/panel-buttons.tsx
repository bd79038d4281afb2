import type { ComponentType } from 'preact';
import { useInspectorOpen } from './beside.ts';
import type { Panel } from './context.ts';
import { useLazyTools } from './lazy-tools.ts';
import { IconButton } from './icon-button.tsx';
import { GoToIcon, HelpIcon, InviteIcon, SettingsIcon, WireIcon } from './lazy-icons.tsx';

const ICONS: Readonly<Record<Panel, ComponentType>> = {
  jump: GoToIcon,
  invite: InviteIcon,
  settings: SettingsIcon,
  wire: WireIcon,
  help: HelpIcon,
};

/** Buttons that show panels, in this order. */
export function PanelButtons({ panels }: { panels: readonly Panel[] }) {
  const { text, show } = useLazyTools();
  const isOpen = useInspectorOpen();
  return panels.map((panel) => (
    <IconButton
      key={panel}
      class="tool"
      name={text.tools[panel]}
      icon={ICONS[panel]}
      // The others are dialogs, which lie over it.
      aria-expanded={panel === 'wire' ? isOpen : undefined}
      onClick={() => show(panel)}
    />
  ));
}

/** The panels that are always at hand. */
export const Toolbar = () => <PanelButtons panels={['jump', 'invite', 'settings', 'wire', 'help']} />;
