/** The settings in words, for a terminal. */
import { GROUPS, SETTINGS, type Setting } from './settings.ts';

/** Characters of a line at most. */
export const COLUMNS = 110;

const OTHERS = [
  ['--config FILE', 'settings from a JSON file (CHATON_CONFIG)'],
  [
    '--print-config',
    'checks the settings and the files that they name; prints those in effect, and where each comes from',
  ],
  ['--help', 'the settings that are set most'],
  ['--help-all', 'all settings, with every limit'],
  ['--version', 'the version'],
] as const;

/** The text of `--help`, or of `--help-all`. */
export function helpText(isAll: boolean): string {
  const shown = SETTINGS.filter(({ isBasic }) => isAll || isBasic);
  const left = [...shown.map(usage), ...OTHERS.map(([flag]) => flag)];
  const width = Math.max(...left.map(({ length }) => length)) + 2;
  const row = (flag: string, text: string) =>
    wrap(text, COLUMNS - width - 2)
      .map((line, index) => `  ${(index === 0 ? flag : '').padEnd(width)}${line}`)
      .join('\n');
  return [
    'Chaton gateway: a Chaton server for native TCP clients and browsers.',
    '',
    'Usage: npm start -- [flags]    (or: node server/start.cjs [flags])',
    '',
    'Each setting is a flag, an environment variable and a key of the JSON file of --config: --tcp-port is',
    'CHATON_TCP_PORT and "tcp-port". The flag goes before the variable, that before the file, that before the',
    'default (in brackets).',
    ...GROUPS.flatMap((group) => [
      '',
      `${group}:`,
      ...shown
        .filter((setting) => setting.group === group)
        .map((setting) => row(usage(setting), `${setting.help} [${defaultOf(setting)}]`)),
    ]),
    '',
    'Other:',
    ...OTHERS.map(([flag, text]) => row(flag, text)),
    ...(isAll
      ? []
      : ['', `--help-all lists ${SETTINGS.length - shown.length} more: limits that few operators turn.`]),
  ].join('\n');
}

function usage({ flag, kind }: Setting): string {
  return `--${flag} ${kind.placeholder}`;
}

/** The default as it could be given. */
export function defaultOf({ kind, fallback }: Setting): string {
  return kind.format(fallback);
}

/** Breaks a text into lines of at most so many characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
