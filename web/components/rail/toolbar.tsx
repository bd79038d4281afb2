import { useLazyTools, useTools } from '../base/context.ts';
import { BellIcon, HelpIcon, InviteIcon, SearchIcon, WireIcon } from '../base/lazy-icons.tsx';
import { ThemeSwitch } from '../base/theme-switch.tsx';

/** Toolbar: the theme, and the panels that are always at hand. */
export function Toolbar() {
  const { show } = useTools();
  const { tools: names } = useLazyTools().text;
  const tools = [
    ['jump', names.jump, SearchIcon],
    ['invite', names.invite, InviteIcon],
    ['settings', names.settings, BellIcon],
    ['wire', names.wire, WireIcon],
    ['help', names.help, HelpIcon],
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
