/** Keeps the settings tables of the documents up to date: `npm run docs` writes them, a test compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, type FormatConfig } from 'oxfmt';
import { COLUMNS, defaultOf, wrap } from '../../server/config/help.ts';
import { GROUPS, SETTINGS, type Setting } from '../../server/config/settings.ts';

/** Files that hold a table, and whether of all settings or of those that `--help` lists. */
export const DOCUMENTS: readonly (readonly [path: string, isAll: boolean])[] = [
  ['README.md', false],
  ['server/deploy/README.md', true],
];

/** The file of all settings, commented out. */
export const EXAMPLE = 'server/deploy/chaton.env';

const BEGIN = '<!-- settings -->\n';
const END = '<!-- /settings -->';

const absolute = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Reads a file, and builds it with the table of the present settings. */
export async function withTable(path: string, isAll: boolean): Promise<{ is: string; should: string }> {
  const is = readFileSync(absolute(path), 'utf8');
  const [before, rest] = is.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${path} has no place for the table`);
  const text = `${before}${BEGIN}\n${markdownTable(isAll)}\n\n${END}${after}`;
  const options = JSON.parse(readFileSync(absolute('.oxfmtrc.json'), 'utf8')) as FormatConfig;
  const { code, errors } = await format(path, text, options);
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join('; ')}`);
  return { is, should: code };
}

/** A table of all settings, or of those that `--help` lists, in Markdown. */
function markdownTable(isAll: boolean): string {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(absolute(EXAMPLE), environmentFile());
  for (const [path, isAll] of DOCUMENTS) writeFileSync(absolute(path), (await withTable(path, isAll)).should);
}
