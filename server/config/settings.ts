/** Every setting, once: flag, environment variable, key of the file, help, table and type all come from here. */
import { DEFAULT_LIMITS, type Limits } from '../chat/limits.ts';
import { address, choice, count, duration, listOf, origin, orOff, port, size, type Kind } from './kinds.ts';

/** The settings in effect, frozen. */
export interface Config {
  /** Address all listeners of clients bind to. */
  readonly host: string;
  /** Port of the native listener; 0 takes any free one. */
  readonly tcpPort: number;
  /** Port of the native listener with 8-byte LONGs (D2); null when there is none. */
  readonly tcpLong64Port: number | null;
  /** Port of the page and the WebSocket endpoint; 0 takes any free one. */
  readonly httpPort: number;
  /** Origins that may open a WebSocket, besides the page's own (D27). */
  readonly allowOrigins: readonly string[];
  readonly logLevel: LogLevel;
  /** What the rules allow. */
  readonly limits: Limits;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** In the order of the help. */
export const GROUPS = ['Listeners', 'Limits', 'Logs'] as const;
export type Group = (typeof GROUPS)[number];

interface Entry<T> {
  readonly group: Group;
  readonly kind: Kind<T>;
  /** One line, without the default and the allowed values: they are added. */
  readonly help: string;
}

interface EntryWithDefault<T> extends Entry<T> {
  readonly fallback: T;
}

const OWN: { readonly [K in keyof Omit<Config, 'limits'>]: EntryWithDefault<Config[K]> } = {
  host: {
    group: 'Listeners',
    kind: address,
    fallback: '127.0.0.1',
    help: 'address to listen on; 0.0.0.0 for all of IPv4, :: for all',
  },
  tcpPort: {
    group: 'Listeners',
    kind: port,
    fallback: 7777,
    help: 'port for native clients; 0 takes any free one',
  },
  tcpLong64Port: {
    group: 'Listeners',
    kind: orOff(port),
    fallback: null,
    help: 'second port, for native clients that write LONG on 8 bytes',
  },
  httpPort: {
    group: 'Listeners',
    kind: port,
    fallback: 8080,
    help: 'port for the page and its WebSocket; 0 takes any free one',
  },
  allowOrigins: {
    group: 'Listeners',
    kind: listOf(origin),
    fallback: [],
    help: 'other sites whose pages may connect',
  },
  logLevel: {
    group: 'Logs',
    kind: choice(LOG_LEVELS),
    fallback: 'info',
    help: 'what is logged',
  },
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const KIB = 1024;

/** A new field of {@link Limits} needs one line here, or this does not compile; its default stays with the rules. */
const LIMITS: { readonly [K in keyof Limits]: Limit } = {
  maxRefusals: limit(count({ min: 1, max: 1000 }), 'refused logins after which a connection is closed'),
  maxIgnored: limit(count({ min: 0, max: 1e6 }), 'ignored commands that a connection may pile up'),
  maxOutboxBytes: limit(
    size({ min: 4 * KIB, max: KIB ** 3 }),
    'bytes a client may leave untaken before it is cut',
  ),
  identifyTime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a connection may take to be identified, or to become a leg',
  ),
  commandTime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a command may take from its first byte to its last',
  ),
  writeStall: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a client may take nothing of what waits for it before it is cut',
  ),
  relayStall: limit(
    duration({ min: SECOND, max: DAY }),
    'the same on a private connection, whose other side is held back meanwhile',
  ),
  pingInterval: limit(duration({ min: SECOND, max: DAY }), 'how often a WebSocket is pinged'),
  maxMissedPings: limit(
    count({ min: 1, max: 100 }),
    'pings in a row without a sign of life after which it is ended',
  ),
  requestLifetime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a REQUEST_PRIVATE waits for its answer',
  ),
  maxRequests: limit(count({ min: 1, max: 1e5 }), 'unanswered REQUEST_PRIVATE of one client'),
  idLifetime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a connect_id waits for its two connections',
  ),
  maxHeldBytes: limit(
    size({ min: KIB, max: KIB ** 3 }),
    'bytes held for the first leg of a private connection',
  ),
  maxMisses: limit(count({ min: 1, max: 1e5 }), 'wrong connect_ids of one address after which it is refused'),
  missWindow: limit(duration({ min: SECOND, max: DAY }), 'within which they are counted'),
  missPenalty: limit(duration({ min: SECOND, max: DAY }), 'how long its LOGIN_PRIVATE are refused then'),
  drainTime: limit(
    duration({ min: 0, max: DAY }),
    'how long private connections may run on when the server is told to stop',
  ),
  drainSpread: limit(
    duration({ min: 0, max: 10 * MINUTE }),
    'over how long many pages are sent away then, so that they do not all come back at once',
  ),
};

interface Limit {
  readonly kind: Kind<number>;
  readonly help: string;
}

function limit(kind: Kind<number>, help: string): Limit {
  return { kind, help };
}

/** One setting, whatever it holds, with its names. */
export interface Setting extends EntryWithDefault<unknown> {
  /** In {@link Config}, or in {@link Limits} when `isLimit`. */
  readonly name: string;
  readonly isLimit: boolean;
  /** Name of the flag, without dashes, and key in the file. */
  readonly flag: string;
  /** Name of the environment variable. */
  readonly env: string;
}

/** All settings, in the order of the help. */
export const SETTINGS: readonly Setting[] = [
  ...Object.entries(OWN).map(([name, entry]) => named(name, entry as EntryWithDefault<unknown>, false)),
  ...Object.entries(LIMITS).map(([name, entry]) =>
    named(
      name,
      // Values of a kind only ever meet their own kind, which a list of all kinds cannot say.
      {
        ...entry,
        group: 'Limits',
        fallback: DEFAULT_LIMITS[name as keyof Limits],
      } as EntryWithDefault<unknown>,
      true,
    ),
  ),
].toSorted((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));

function named(name: string, entry: EntryWithDefault<unknown>, isLimit: boolean): Setting {
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { ...entry, name, isLimit, flag, env: `CHATON_${flag.toUpperCase().replaceAll('-', '_')}` };
}

/** A {@link Config} from one value per setting. */
export function assemble(valueOf: (setting: Setting) => unknown): Config {
  const values = (limits: boolean) =>
    Object.fromEntries(
      SETTINGS.filter(({ isLimit }) => isLimit === limits).map((setting) => [setting.name, valueOf(setting)]),
    );
  return Object.freeze({ ...values(false), limits: Object.freeze(values(true)) }) as unknown as Config;
}

export const DEFAULT_CONFIG: Config = assemble(({ fallback }) => fallback);
