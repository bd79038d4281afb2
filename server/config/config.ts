/** Settings: flags, then environment, then the file, then defaults, become one frozen Config. */
import { readFileSync } from 'node:fs';
import { conflicts, doubts, long64StepsAside } from './conflicts.ts';
import { helpText } from './help.ts';
import { inQuotes, quoted } from './kinds.ts';
import { LONG64_PORT, SETTINGS, assemble, type Config, type Setting } from './settings.ts';
import { keptByNpm, readEnvironment, readFile, readFlags, unknownVariables, type Given } from './sources.ts';

export { LONG64_PORT, type Config, type LogLevel } from './settings.ts';

/** Thrown for settings or an environment that cannot work: one line each, exit code 2. */
export class ConfigError extends Error {
  /** Problems, one line each. */
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    // Some quote a file, or a path, which may hold anything.
    const lines = problems.map((problem) => problem.replaceAll(/\s*\p{Cc}+/gu, ' ').trim());
    super(lines.join('\n'));
    this.problems = lines;
  }
}

/**
 * Thrown when the settings may be right, and what keeps them from working may pass: a port that is taken, an address that
 * is not there yet. Exit code 75.
 */
export class TransientError extends ConfigError {}

/** Invocation of the program: what the command line asks for. */
export type Invocation =
  | {
      readonly kind: 'run';
      readonly config: Config;
      /** Possible mistakes, one line each. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'print';
      readonly text: string;
      /** Possible mistakes, one line each. */
      readonly warnings: readonly string[];
      /** The settings that the text is about, for whoever can try the files that they name. */
      readonly config?: Config;
    };

/** The value in effect, and where it comes from. */
interface Effective {
  readonly value: unknown;
  readonly where: string;
}

/** Reads flags, environment and file. Throws a {@link ConfigError} with a line for everything that is wrong. */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Invocation {
  const kept = keptByNpm(env);
  if (kept.length > 0) throw new ConfigError(...kept);
  const problems: string[] = [];
  const { flags, asked, path } = readFlags(args, env, problems);
  const answer = (text: string): Invocation => ({ kind: 'print', text, warnings: [] });
  if (problems.length === 0) {
    if (asked.has('help-all')) return answer(helpText(true));
    if (asked.has('help')) return answer(helpText(false));
    if (asked.has('version')) return answer(version());
  }
  const sources = [flags, readEnvironment(env), path ? readFile(path, problems) : new Map<string, Given>()];
  const effective = new Map<Setting, Effective>();
  const warnings = unknownVariables(env);
  for (const setting of SETTINGS) {
    const [given, ...overridden] = sources.flatMap((source) => source.get(setting.flag) ?? []);
    effective.set(
      setting,
      given ? checkValue(setting, given, problems) : { value: setting.fallback, where: 'default' },
    );
    const mistakes: string[] = [];
    for (const it of overridden) checkValue(setting, it, mistakes);
    warnings.push(...mistakes.map((mistake) => `${mistake}; ${given?.where} goes before it`));
  }
  const config = settleLong64(effective, warnings);
  // A value that could not be read would pass for one that was given.
  if (problems.length === 0) {
    problems.push(...conflicts(config, path));
    const [, port] = [...effective].find(([{ name }]) => name === 'adminPort')!;
    warnings.push(...doubts(config, port.where !== 'default'));
  }
  // A name that was misspelt may be what is wrong.
  if (problems.length > 0) throw new ConfigError(...problems, ...warnings);
  if (asked.has('print-config')) return { kind: 'print', text: printed(effective), warnings, config };
  return { kind: 'run', config, warnings };
}

/** This package's version. */
export function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** The settings in effect, the 8-byte listener having stepped aside where it is there by default and cannot be (D2). */
function settleLong64(effective: Map<Setting, Effective>, warnings: string[]): Config {
  const config = assemble((setting) => effective.get(setting)!.value);
  const [setting, { where }] = [...effective].find(([{ name }]) => name === 'tcpLong64Port')!;
  if (where !== 'default')
    return config.tcpLong64Port === LONG64_PORT
      ? Object.freeze({ ...config, insistsOnLong64: true as const })
      : config;
  const { isOff, warning } = long64StepsAside(config);
  if (!isOff) return config;
  if (warning !== undefined) warnings.push(warning);
  effective.set(setting, { value: null, where });
  return Object.freeze({ ...config, tcpLong64Port: null });
}

function checkValue(setting: Setting, { raw, where }: Given, problems: string[]): Effective {
  const value = setting.kind.parse(raw);
  if (value === undefined)
    problems.push(`${where}=${quoted(raw)}: must be ${setting.kind.expected}${wrapping(raw)}`);
  return { value, where };
}

/** Says what is around a value and not meant to be: `docker --env-file`, for one, takes all behind the = as it is. */
function wrapping(raw: unknown): string {
  if (typeof raw !== 'string') return '';
  if (inQuotes(raw)) return ', without quotes around it';
  const inner = raw.trim();
  return inner === '' || inner === raw ? '' : ', without the white space around it';
}

function printed(effective: ReadonlyMap<Setting, Effective>): string {
  const rows = [...effective].map(([setting, { value, where }]) => [
    setting.flag,
    setting.kind.format(value),
    where,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(([flag, value, where]) => `${flag!.padEnd(widths[0]!)}  ${value!.padEnd(widths[1]!)}  ${where}`)
    .join('\n');
}
