import type { ComponentType } from 'preact';
import { useInspectorOpen } from './beside.ts';
import { useLazyTools, useTools, type Panel } from './context.ts';
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
  const { show } = useTools();
  const { tools: names } = useLazyTools().text;
  const isOpen = useInspectorOpen();
  return panels.map((panel) => {
    const Icon = ICONS[panel];
    const name = names[panel];
    return (
      <button
        key={panel}
        type="button"
        class="tool"
        aria-label={name}
        title={name}
        // The others are dialogs, which lie over it.
        aria-expanded={panel === 'wire' ? isOpen : undefined}
        onClick={() => show(panel)}
      >
        <Icon />
      </button>
    );
  });
}
