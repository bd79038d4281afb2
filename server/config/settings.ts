/** Every setting, once: flag, environment variable, key of the file, help, table and type all come from here. */
import { DEFAULT_LIMITS, type Limits } from '../chat/limits/limits.ts';
import { address, choice, file, listOf, network, orOff, origin, port, yesOrNo, type Kind } from './kinds.ts';
import { LIMITS } from './limit-settings.ts';

/** The settings in effect, frozen. */
export interface Config {
  /** Address all listeners of clients bind to. */
  readonly host: string;
  /** Port of the native listener; 0 takes any free one; null when there is none. */
  readonly tcpPort: number | null;
  /** Port of the native listener with 8-byte LONGs (D2); null when there is none. */
  readonly tcpLong64Port: number | null;
  /** Set when its usual port was asked for: then it must be had. Else it is gone without when somebody has the port. */
  readonly insistsOnLong64?: true;
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

/** Where 8-byte clients are listened for by default (D2). */
export const LONG64_PORT = 7778;

type OwnSettings = Omit<Config, 'limits' | 'insistsOnLong64'>;

const OWN: { readonly [K in keyof OwnSettings]: EntryWithDefault<Config[K]> } = {
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
    fallback: LONG64_PORT,
    help: 'port for native clients that write LONG on 8 bytes, as those in Java do; off, unless it is given, without --tcp-port',
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
