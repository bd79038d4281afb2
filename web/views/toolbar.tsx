import { useTools } from './context.ts';
import { BellIcon, HelpIcon, SearchIcon, WireIcon } from './later-icons.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

/** What is always at hand. */
export function Toolbar() {
  const { text, show } = useTools();
  const tools = [
    ['jump', text.tools.jump, SearchIcon],
    ['settings', text.tools.settings, BellIcon],
    ['wire', text.tools.wire, WireIcon],
    ['help', text.tools.help, HelpIcon],
  ] as const;
  return (
    <>
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
    </>
  );
}
