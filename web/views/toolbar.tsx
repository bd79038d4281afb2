import { useTools } from './context.ts';
import { BellIcon, HelpIcon, SearchIcon, WireIcon } from './icons.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

/** What is always at hand. */
export function Toolbar() {
  const { text, show } = useTools();
  const tools = [
    ['jump', text.jump.title, SearchIcon],
    ['settings', text.settings.title, BellIcon],
    ['wire', text.wire.title, WireIcon],
    ['help', text.help.title, HelpIcon],
  ] as const;
  return (
    <div class="toolbar">
      <ThemeSwitch />
      {tools.map(([panel, name, Icon]) => (
        <button
          key={panel}
          type="button"
          class="tool"
          aria-label={name}
          title={name}
          onClick={() => show(panel)}
        >
          <Icon />
        </button>
      ))}
    </div>
  );
}
