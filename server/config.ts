/** Settings: flags, then environment, then defaults, become one frozen Config. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

export interface Config {
  /** Address both listeners bind to. */
  readonly host: string;
  /** Port of the native listener; 0 takes any free one. */
  readonly tcpPort: number;
  /** Port of the native listener with 8-byte LONGs (D2); null when there is none. */
  readonly tcpLong64Port: number | null;
  /** Port of the page and the WebSocket endpoint; 0 takes any free one. */
  readonly httpPort: number;
  readonly logLevel: LogLevel;
  /** Origins that may open a WebSocket, besides the page's own (D27). */
  readonly allowedOrigins: readonly string[];
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A setting or an environment that cannot work: said in one line, exit code 2. */
export class ConfigError extends Error {}

/** What was asked for on the command line. */
export type Invocation =
  { readonly kind: 'run'; readonly config: Config } | { readonly kind: 'print'; readonly text: string };

interface Setting<T> {
  readonly flag: string;
  readonly env: string;
  readonly placeholder: string;
  readonly help: string;
  readonly fallback: T;
  /** Throws a ConfigError that says what is allowed; the caller adds which setting it was. */
  readonly parse: (text: string) => T;
}

const SETTINGS: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  host: {
    flag: 'host',
    env: 'CHATON_HOST',
    placeholder: 'ADDRESS',
    help: 'address to listen on; 0.0.0.0 for all',
    fallback: '127.0.0.1',
    parse: parseHost,
  },
  tcpPort: {
    flag: 'tcp-port',
    env: 'CHATON_TCP_PORT',
    placeholder: 'PORT',
    help: 'port for native clients; 0 takes any free one',
    fallback: 7777,
    parse: parsePort,
  },
  tcpLong64Port: {
    flag: 'tcp-long64-port',
    env: 'CHATON_TCP_LONG64_PORT',
    placeholder: 'PORT',
    help: 'second port for native clients that write LONG on 8 bytes (off)',
    fallback: null,
    parse: parsePort,
  },
  httpPort: {
    flag: 'http-port',
    env: 'CHATON_HTTP_PORT',
    placeholder: 'PORT',
    help: 'port for the page and its WebSocket; 0 takes any free one',
    fallback: 8080,
    parse: parsePort,
  },
  logLevel: {
    flag: 'log-level',
    env: 'CHATON_LOG_LEVEL',
    placeholder: 'LEVEL',
    help: LOG_LEVELS.join(', '),
    fallback: 'info',
    parse: parseLogLevel,
  },
  allowedOrigins: {
    flag: 'allow-origins',
    env: 'CHATON_ALLOW_ORIGINS',
    placeholder: 'LIST',
    help: 'other sites whose pages may connect, comma-separated',
    fallback: [],
    parse: parseOrigins,
  },
};

export const DEFAULT_CONFIG: Config = Object.freeze(
  Object.fromEntries(Object.entries(SETTINGS).map(([name, setting]) => [name, setting.fallback])),
) as unknown as Config;

/** Reads flags and environment. Throws {@link ConfigError} with one line that says what is wrong and where. */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Invocation {
  const flags = parseFlags(args);
  if (flags['help'] === true) return { kind: 'print', text: helpText() };
  if (flags['version'] === true) return { kind: 'print', text: version() };
  const entries = Object.entries(SETTINGS).map(([name, setting]) => {
    const flag = flags[setting.flag];
    // An empty variable is an unset one, as compose files and shells leave it.
    const variable = env[setting.env] === '' ? undefined : env[setting.env];
    if (typeof flag === 'string') return [name, parseSetting(setting, flag, `--${setting.flag}`)];
    if (variable !== undefined) return [name, parseSetting(setting, variable, setting.env)];
    return [name, setting.fallback];
  });
  return { kind: 'run', config: Object.freeze(Object.fromEntries(entries)) as Config };
}

/** This package's version. */
export function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(
    Object.values(SETTINGS).map(({ flag }) => [flag, { type: 'string' as const }]),
  );
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean' }, version: { type: 'boolean' } },
    }).values;
  } catch (error) {
    // Node's own words are good; only their first sentence fits one line.
    const [sentence] = (error as Error).message.split(/\.?(?:\n|$)|\. /, 1);
    throw new ConfigError(`${sentence}; --help lists the flags`);
  }
}

function parseSetting(setting: Setting<unknown>, text: string, where: string): unknown {
  try {
    return setting.parse(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${where}=${JSON.stringify(text)}: ${error.message}`);
  }
}

function parseHost(text: string): string {
  if (isIP(text)) return text;
  throw new ConfigError('must be an IP address, such as 127.0.0.1, 0.0.0.0 or ::');
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65535) return port;
  throw new ConfigError('must be a port number from 0 to 65535');
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level) return level;
  throw new ConfigError(`must be one of ${LOG_LEVELS.join(', ')}`);
}

function parseOrigins(text: string): string[] {
  return text.split(',').map((part) => {
    const origin = part.trim();
    if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
    throw new ConfigError('must be origins such as https://chat.example.org, separated by commas');
  });
}

function helpText(): string {
  const rows = Object.values(SETTINGS).map(({ flag, placeholder, env, help, fallback }) => [
    `--${flag} ${placeholder}`,
    env,
    typeof fallback === 'object' ? help : `${help} (${fallback})`,
  ]);
  rows.push(['--help', '', 'this text'], ['--version', '', 'the version']);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    ([flag, env, help]) => `  ${flag!.padEnd(widths[0]!)}  ${env!.padEnd(widths[1]!)}  ${help}`,
  );
  return [
    'Chaton gateway: a Chaton server for native TCP clients and browsers.',
    '',
    'Usage: npm start -- [flags]    (or: node server/main.ts [flags])',
    '',
    'A flag goes before its environment variable, that before the default.',
    '',
    ...lines,
  ].join('\n');
}
