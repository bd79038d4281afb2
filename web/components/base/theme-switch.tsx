import { useState } from 'preact/hooks';
import { chooseTheme, currentTheme, THEMES } from '../../platform/theme.ts';
import { useTools } from './context.ts';

/** Button that changes the theme, in a circle: as the system has it, light, dark. */
export function ThemeSwitch() {
  const { text } = useTools();
  const [theme, setTheme] = useState(currentTheme);
  const turn = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" class="quiet plain" onClick={turn}>
      {text.theme[theme]}
    </button>
  );
}
