/** Reads settings as they are written in their three sources: flags, environment, file. */
import { parseArgs } from 'node:util';
import { file, quoted } from './kinds.ts';
import { nearest } from './nearest.ts';
import { SETTINGS } from './settings.ts';
import { readText } from './text-file.ts';

/** Value given for a setting, and where: `--tcp-port`, `CHATON_TCP_PORT`, or `file.json: "tcp-port"`. */
export interface Given {
  readonly raw: unknown;
  readonly where: string;
}

/** Values given, by name of the flag. */
export type Source = ReadonlyMap<string, Given>;

/** Command line: settings, flags that ask for something to be printed, and the path of the file of settings. */
interface CommandLine {
  readonly flags: Source;
  readonly asked: ReadonlySet<string>;
  readonly path: string | undefined;
}

const QUESTIONS = ['help', 'help-all', 'version', 'print-config'] as const;
/** The parser is not strict: that would stop at the first mistake. */
const AS_THEY_COME = { strict: false, allowPositionals: true, tokens: true } as const;
const HINT = '--help-all lists the settings';

/** Variables of the process, as Node has them. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command line, and by which path it or a variable names the file of settings; what is wrong goes to `problems`. */
export function readFlags(args: readonly string[], env: Environment, problems: string[]): CommandLine {
  const text = { type: 'string' as const };
  const options = {
    ...Object.fromEntries([...SETTINGS.map(({ flag }) => flag), 'config'].map((flag) => [flag, text])),
    ...Object.fromEntries(QUESTIONS.map((flag) => [flag, { type: 'boolean' as const }])),
  };
  const { tokens } = parseArgs({ args: [...args], options, ...AS_THEY_COME });
  const flags = new Map<string, Given>();
  const asked = new Set<string>();
  for (const [index, argument] of tokens.entries()) {
    const before = tokens[index - 1];
    const isKnown = (name: string) => Object.hasOwn(options, name);
    // The word behind an unknown flag is most likely its value, and not a mistake of its own.
    if (argument.kind === 'positional' && before?.kind === 'option' && !isKnown(before.name)) continue;
    const problem = mistakeIn(argument, Object.keys(options), flags);
    if (problem !== null) {
      if (!problems.includes(problem)) problems.push(problem);
    } else if (argument.kind !== 'option') continue;
    else if (argument.value === undefined) asked.add(argument.name);
    else flags.set(argument.name, { raw: argument.value, where: argument.rawName });
  }
  const variable = env['CHATON_CONFIG'];
  const named = flags.get('config') ?? (variable ? { raw: variable, where: 'CHATON_CONFIG' } : undefined);
  const path = named && file.parse(named.raw);
  if (named && !path) problems.push(`${named.where}=${quoted(named.raw)}: must be the path of a file`);
  flags.delete('config');
  return { flags, asked, path };
}

type Argument = ReturnType<typeof parseArgs<typeof AS_THEY_COME>>['tokens'][number];

function mistakeIn(argument: Argument, known: readonly string[], given: Source): string | null {
  if (argument.kind === 'positional') return `unexpected ${quoted(argument.value)}; ${HINT}`;
  if (argument.kind === 'option-terminator') return `unexpected --; ${HINT}`;
  const { name, value, inlineValue } = argument;
  if (!known.includes(name))
    return `unknown flag ${printable(argument.rawName)}; ${suggestion(nearest(name, known), '--')}${HINT}`;
  if ((QUESTIONS as readonly string[]).includes(name))
    return value === undefined ? null : `--${name} takes no value; ${HINT}`;
  if (value === undefined || (!inlineValue && value.startsWith('-')))
    return `--${name} needs a value (--${name}=… for one that begins with -); ${HINT}`;
  return given.has(name) ? `--${name} is given twice` : null;
}

/** Reads the environment. An empty variable is an unset one, as compose files and shells leave it. */
export function readEnvironment(env: Environment): Source {
  return new Map(
    SETTINGS.flatMap(({ flag, env: name }) => (env[name] ? [[flag, { raw: env[name], where: name }]] : [])),
  );
}

/** Variables of the program that are no settings (see DEBUGGING.md, and `npm run admin -- --help`). */
const READ_ELSEWHERE = ['CHATON_CONFIG', 'CHATON_ADMIN_URL', 'CHATON_PLAIN_SOCKETS', 'CHATON_POISON_READS'];

/**
 * Warns of variables that look like settings and are none, one line each: no more than that, since other programs may
 * set such names, too.
 */
export function unknownVariables(env: Environment): string[] {
  const known = [...READ_ELSEWHERE, ...SETTINGS.map((setting) => setting.env)];
  return Object.keys(env)
    .filter((name) => name.startsWith('CHATON_') && !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `${name} is no setting of this program${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
}

/**
 * Flags that npm kept for itself, since no `--` stood before them, one line each: the gateway would start without them. npm
 * leaves those that it does not know in variables, their values or not.
 */
export function keptByNpm(env: Environment): string[] {
  if (env['npm_package_name'] !== 'chaton-gateway' || env['npm_lifecycle_event'] !== 'start') return [];
  return SETTINGS.filter(({ flag }) => env[`npm_config_${flag.replaceAll('-', '_')}`] !== undefined).map(
    ({ flag }) => `npm kept --${flag} for itself; flags come behind a --, as in npm start -- --${flag} …`,
  );
}

/** Reads the JSON file; what is wrong with it goes to `problems`. */
export function readFile(path: string, problems: string[]): Source {
  let settings: unknown;
  try {
    const text = readText(path);
    settings = JSON.parse(text);
    for (const key of namedTwice(text)) problems.push(`${path}: ${quoted(key)} is given twice`);
  } catch (error) {
    const why = (error as Error).message;
    problems.push(`${path}: ${error instanceof SyntaxError ? `not JSON: ${why}` : `cannot be read: ${why}`}`);
    return new Map();
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    problems.push(`${path}: must be one object, such as {"tcp-port": 7777}`);
    return new Map();
  }
  const known = SETTINGS.map(({ flag }) => flag);
  const source = new Map<string, Given>();
  for (const [key, raw] of Object.entries(settings)) {
    const near = suggestion(nearest(key, known), '');
    if (known.includes(key)) source.set(key, { raw, where: `${path}: "${key}"` });
    else problems.push(`${path}: unknown setting ${quoted(key)}; ${near}${HINT}`);
  }
  return source;
}

/** Names that the object of a JSON text has more than once: the parser takes the last value, and says nothing. */
function namedTwice(json: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if ('[{'.includes(token)) depth++;
    else if (']}'.includes(token)) depth--;
    else if (name !== undefined && depth === 1) names.push(JSON.parse(name) as string);
  }
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}

function suggestion(name: string | undefined, prefix: string): string {
  return name === undefined ? '' : `did you mean ${prefix}${name}? `;
}

/** Escapes a text, so that it is one line whatever it holds. */
function printable(text: string): string {
  return quoted(text).slice(1).replace(/"$/, '');
}
