import { useTools } from './context.ts';
import { ThemeSwitch } from './theme-switch.tsx';

/** What is always at hand. */
export function Toolbar() {
  const { later } = useTools();
  return (
    <div class="toolbar">
      <ThemeSwitch />
      {later && <later.parts.Tools />}
    </div>
  );
}
