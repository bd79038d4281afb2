/** Every setting, once: flag, environment variable, key of the file, help, table and type all come from here. */
import { DEFAULT_LIMITS, type Limits } from '../chat/limits.ts';
import {
  address,
  choice,
  count,
  duration,
  file,
  listOf,
  network,
  orOff,
  origin,
  port,
  size,
  yesOrNo,
  type Kind,
} from './kinds.ts';

/** The settings in effect, frozen. */
export interface Config {
  /** Address all listeners of clients bind to. */
  readonly host: string;
  /** Port of the native listener; 0 takes any free one; null when there is none. */
  readonly tcpPort: number | null;
  /** Port of the native listener with 8-byte LONGs (D2); null when there is none. */
  readonly tcpLong64Port: number | null;
  /** Port of the page and the WebSocket endpoint; 0 takes any free one; null when there is none. */
  readonly httpPort: number | null;
  /** The same two over TLS; null when there is none. */
  readonly tlsTcpPort: number | null;
  readonly httpsPort: number | null;
  /** PEM files of the certificate, with its chain, and of its key. */
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  /** Networks whose word is taken for where a connection comes from. */
  readonly proxies: readonly string[];
  /** The header in which such a proxy says it, over HTTP. */
  readonly proxyHeader: ProxyHeader;
  /** Origins that may open a WebSocket, besides the page's own (D27). */
  readonly allowOrigins: readonly string[];
  readonly logLevel: LogLevel;
  /** Whether logs may name the addresses of clients. */
  readonly logAddresses: boolean;
  /** Address of the operator's listener. */
  readonly adminHost: string;
  /** Its port; null when there is none. */
  readonly adminPort: number | null;
  /** File whose first line is the token that the operator's listener asks for; null when it asks for none. */
  readonly adminTokenFile: string | null;
  /** File that remembers who is refused, across restarts. */
  readonly stateFile: string | null;
  /** What the rules allow. */
  readonly limits: Limits;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One only: a proxy passes on from anyone the header that it does not write itself. */
export const PROXY_HEADERS = ['x-forwarded-for', 'forwarded'] as const;
export type ProxyHeader = (typeof PROXY_HEADERS)[number];

/** In the order of the help. */
export const GROUPS = ['Listeners', 'TLS', 'Proxies', 'Administration', 'Logs', 'Limits'] as const;
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
    kind: orOff(port),
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
    kind: orOff(port),
    fallback: 8080,
    help: 'port for the page and its WebSocket; 0 takes any free one',
  },
  tlsTcpPort: {
    group: 'TLS',
    kind: orOff(port),
    fallback: null,
    help: 'port for native clients over TLS',
  },
  httpsPort: {
    group: 'TLS',
    kind: orOff(port),
    fallback: null,
    help: 'port for the page and its WebSocket over TLS (https, wss)',
  },
  tlsCert: {
    group: 'TLS',
    kind: orOff(file),
    fallback: null,
    help: 'PEM file of the certificate, its chain included; read again when it changes and on SIGHUP',
  },
  tlsKey: {
    group: 'TLS',
    kind: orOff(file),
    fallback: null,
    help: 'PEM file of its private key',
  },
  proxies: {
    group: 'Proxies',
    kind: listOf(network),
    fallback: [],
    help: 'proxies in front: native connections from them must begin with a PROXY header (v1 or v2), and their HTTP header is believed',
  },
  proxyHeader: {
    group: 'Proxies',
    kind: choice(PROXY_HEADERS),
    fallback: 'x-forwarded-for',
    help: 'HTTP header in which they say where a request comes from; they must set or remove it',
  },
  allowOrigins: {
    group: 'Listeners',
    kind: listOf(origin),
    fallback: [],
    help: 'other sites whose pages may connect',
  },
  adminHost: {
    group: 'Administration',
    kind: address,
    fallback: '127.0.0.1',
    help: 'address of the listener for the operator and Prometheus; any but a loopback one needs a token',
  },
  adminPort: {
    group: 'Administration',
    kind: orOff(port),
    fallback: null,
    help: 'its port; 0 takes any free one',
  },
  adminTokenFile: {
    group: 'Administration',
    kind: orOff(file),
    fallback: null,
    help: 'file whose first line is the token that it asks for (Authorization: Bearer …)',
  },
  stateFile: {
    group: 'Administration',
    kind: orOff(file),
    fallback: null,
    help: 'file that keeps who is refused across restarts',
  },
  logLevel: {
    group: 'Logs',
    kind: choice(LOG_LEVELS),
    fallback: 'info',
    help: 'what is logged',
  },
  logAddresses: {
    group: 'Logs',
    kind: yesOrNo,
    fallback: true,
    help: 'whether the lines about connections name the addresses of clients',
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
  commandRate: limit(
    count({ min: 1, max: 1e9 }),
    'commands a second of one client, each 128 bytes of a long one counting as one; who sends more is read later',
  ),
  commandBurst: limit(count({ min: 1, max: 1e9 }), 'how many it may send at once after some quiet'),
  maxFanOut: limit(
    size({ min: KIB, max: 2 ** 40 }),
    'bytes a second that all commands together may become, counted once for everyone who gets them',
  ),
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
  maxIds: limit(
    count({ min: 1, max: 1e5 }),
    'connect_ids of one requester that still wait for their two connections',
  ),
  maxNegotiations: limit(
    count({ min: 1, max: 1e7 }),
    'unanswered REQUEST_PRIVATE and waiting connect_ids of everyone together',
  ),
  maxWaitingLegs: limit(
    count({ min: 1, max: 1e7 }),
    'connections that came first for their connect_id and wait for the second',
  ),
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
  resumeGrace: limit(
    duration({ min: 0, max: DAY }),
    'how long a page whose connection dropped may take to come back to it; 0 for never',
  ),
  maxResumable: limit(count({ min: 0, max: 1e6 }), 'dropped pages that are waited for'),
  maxResumablePerNetwork: limit(count({ min: 0, max: 1e6 }), 'those from one address'),
  maxResumeBytes: limit(
    size({ min: 64 * KIB, max: KIB ** 3 }),
    'bytes kept for a page until it is known to have them',
  ),
  maxConnections: limit(
    count({ min: 0, max: 1e7 }),
    'connections in all; 0 for as many as there are file descriptors for, but for a reserve',
  ),
  maxConnectionsPerAddress: limit(
    count({ min: 1, max: 1e7 }),
    'connections of one address, an IPv6 /64 counting as one; not for this machine itself',
  ),
  maxArrivalsPerMinute: limit(
    count({ min: 1, max: 1e7 }),
    'new connections of one address in a minute; not for this machine itself',
  ),
  maxLoopDelay: limit(
    duration({ min: 50, max: DAY }),
    'mean lateness of the event loop from which on new connections are turned away',
  ),
  requestTime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long an HTTP request may take to come, and how long its connection may do nothing',
  ),
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

/** What is wrong with settings that are each right: one line each. */
export function conflicts(config: Config): string[] {
  const { tcpPort, httpPort, tlsTcpPort, httpsPort, tlsCert, tlsKey } = config;
  const ports = ['tcpPort', 'tcpLong64Port', 'httpPort', 'tlsTcpPort', 'httpsPort'] as const;
  const flagOf = (name: string) => `--${SETTINGS.find((setting) => setting.name === name)!.flag}`;
  const twice = ports.flatMap((name, index) =>
    ports
      .slice(index + 1)
      .filter((other) => config[name] !== null && config[name] !== 0 && config[name] === config[other])
      .map(
        (other) => `${flagOf(name)} and ${flagOf(other)} are both ${config[name]}: each needs its own port`,
      ),
  );
  const rules: readonly (readonly [isWrong: boolean, line: string])[] = [
    [tcpPort === null && tlsTcpPort === null, 'native clients need --tcp-port or --tls-tcp-port'],
    [httpPort === null && httpsPort === null, 'the page needs --http-port or --https-port'],
    [
      (tlsTcpPort ?? httpsPort) !== null && (tlsCert === null || tlsKey === null),
      '--tls-tcp-port and --https-port need --tls-cert and --tls-key',
    ],
    [(tlsCert === null) !== (tlsKey === null), '--tls-cert and --tls-key need each other'],
  ];
  return [...twice, ...rules.filter(([isWrong]) => isWrong).map(([, line]) => line)];
}
