import { useState } from 'preact/hooks';
import { chooseTheme, currentTheme, THEMES } from '../../platform/theme.ts';
import { useTools } from './context.ts';
import { DarkIcon, LightIcon, SystemIcon } from './icons.tsx';

const ICONS = { system: SystemIcon, light: LightIcon, dark: DarkIcon };

/** Goes round: as the system has it, light, dark. */
export function ThemeSwitch() {
  const { text } = useTools();
  const [theme, setTheme] = useState(currentTheme);
  const Icon = ICONS[theme];
  const name = text.theme[theme];
  const turn = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" class="tool" aria-label={name} title={name} onClick={turn}>
      <Icon />
    </button>
  );
}
