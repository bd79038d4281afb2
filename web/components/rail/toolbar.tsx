import { useLazyTools, useTools } from '../base/context.ts';
import { GoToIcon, HelpIcon, InviteIcon, SettingsIcon, WireIcon } from '../base/lazy-icons.tsx';

/** Toolbar: the theme, and the panels that are always at hand. */
export function Toolbar() {
  const { show } = useTools();
  const { tools: names } = useLazyTools().text;
  const tools = [
    ['jump', names.jump, GoToIcon],
    ['invite', names.invite, InviteIcon],
    ['settings', names.settings, SettingsIcon],
    ['wire', names.wire, WireIcon],
    ['help', names.help, HelpIcon],
  ] as const;
  return (
    <>
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
