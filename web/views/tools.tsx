import { useLater, useTools } from './context.ts';
import { BellIcon, HelpIcon, SearchIcon, WireIcon } from './tool-icons.tsx';

/** The ways to the panels, which need what is loaded later as well. */
export function Tools() {
  const { show } = useTools();
  const { tools: names } = useLater().text;
  const tools = [
    ['jump', SearchIcon],
    ['settings', BellIcon],
    ['wire', WireIcon],
    ['help', HelpIcon],
  ] as const;
  return tools.map(([panel, Icon]) => (
    <button
      key={panel}
      type="button"
      class="tool"
      aria-label={names[panel]}
      title={names[panel]}
      onClick={() => show(panel)}
    >
      <Icon />
    </button>
  ));
}
