/** The settings in words: for a terminal, and as the tables of the documentation. */
import { GROUPS, SETTINGS, type Setting } from './settings.ts';

const COLUMNS = 110;

const OTHERS = [
  ['--config FILE', 'settings from a JSON file (CHATON_CONFIG)'],
  ['--print-config', 'the settings in effect and where each comes from; reads the files that they name, too'],
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

/** A table of all settings, or of those that `--help` lists, in Markdown. */
export function markdownTable(isAll: boolean): string {
  const rows = SETTINGS.filter(({ isBasic }) => isAll || isBasic).map(
    (setting) =>
      `| \`--${setting.flag}\` | \`${setting.env}\` | \`${defaultOf(setting)}\` | ${setting.help}${setting.kind.values ? ` (${setting.kind.values})` : ''} |`,
  );
  return ['| Flag | Environment | Default | |', '| - | - | - | - |', ...rows].join('\n');
}

/** All settings as a file of variables, each with its help and its default, and commented out. */
export function environmentFile(): string {
  const entry = (setting: Setting) => {
    const { env, fallback, help, kind } = setting;
    const allowed = kind.values ? ` (${kind.values})` : '';
    const lines = wrap(`${help}${allowed}`, COLUMNS).map((line) => `# ${line}`);
    return ['', ...lines, `#${env}=${kind.format(fallback)}`];
  };
  return [
    '# Settings of a Chaton gateway, each with its default: take the # before those that are to be others.',
    '# For systemd: /etc/chaton.env. For a container: docker run --env-file chaton.env, or env_file in compose.',
    '# Written by npm run docs from the table of settings.',
    ...GROUPS.flatMap((group) => [
      '',
      `# --- ${group} ---`,
      ...SETTINGS.filter((setting) => setting.group === group).flatMap(entry),
    ]),
    '',
  ].join('\n');
}

/** A value as it could be given; `none` for an empty list. */
export function formatValue({ kind }: Setting, value: unknown): string {
  return kind.format(value) || 'none';
}

function usage({ flag, kind }: Setting): string {
  return `--${flag} ${kind.placeholder}`;
}

function defaultOf(setting: Setting): string {
  return formatValue(setting, setting.fallback);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
