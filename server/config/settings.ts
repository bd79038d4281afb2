/** The table of settings: flag, environment variable, key of the file, help, documentation and type follow from it. */
import { LIMITS, type Limit, type Limits } from '../chat/limits/limits.ts';
import {
  address,
  choice,
  count,
  duration,
  engineServer,
  file,
  host,
  hostAndPort,
  listOf,
  network,
  orOff,
  origin,
  plainName,
  port,
  size,
  yesOrNo,
  type Kind,
} from './kinds.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Headers of which one is believed: a proxy passes on from anyone the header that it does not write itself. */
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded'] as const;

/** Default port for 8-byte clients (D2). */
export const LONG64_PORT = 7778;

/** Name of a node that stands for the name of its machine. */
export const OF_MACHINE = 'hostname';

/** Groups, in the order of the help. */
export const GROUPS = ['Listeners', 'TLS', 'Proxies', 'Administration', 'Logs', 'Cluster', 'Limits'] as const;
export type Group = (typeof GROUPS)[number];

interface Entry<T> {
  readonly group: Group;
  readonly kind: Kind<T>;
  readonly fallback: T;
  /** Help in one line, without the default and the allowed values: they are added. */
  readonly help: string;
}

const inGroup =
  (group: Group) =>
  <T>(kind: Kind<T>, fallback: NoInfer<T>, help: string): Entry<T> => ({ group, kind, fallback, help });
const listener = inGroup('Listeners');
const tls = inGroup('TLS');
const proxy = inGroup('Proxies');
const admin = inGroup('Administration');
const log = inGroup('Logs');
const cluster = inGroup('Cluster');
const SECOND = 1000;

/** The settings that are no limits, which the table in `server/chat/limits/limits.ts` has. Null is `off`. */
const OWN = {
  host: listener(address, '127.0.0.1', 'address to listen on; 0.0.0.0 for all of IPv4, :: for all'),
  tcpPort: listener(orOff(port), 7777, 'port for native clients; 0 takes any free one'),
  tcpLong64Port: listener(
    orOff(port),
    LONG64_PORT,
    'port for native clients that write LONG on 8 bytes, as those in Java do; off where --tcp-port is off, unless it is given',
  ),
  httpPort: listener(orOff(port), 8080, 'port for the page and its WebSocket; 0 takes any free one'),
  allowOrigins: listener(listOf(origin), [], 'other sites whose pages may connect'),
  advertise: listener(
    orOff(host),
    null,
    'host by which native clients reach this server: the page then shows how they connect; with ports where a mapping has changed them: plain, 8-byte LONGs, TLS',
  ),
  tlsTcpPort: tls(orOff(port), null, 'port for native clients over TLS'),
  httpsPort: tls(orOff(port), null, 'port for the page and its WebSocket over TLS (https, wss)'),
  tlsCert: tls(
    orOff(file),
    null,
    'PEM file of the certificate, its chain included; read again when it changes and on SIGHUP',
  ),
  tlsKey: tls(orOff(file), null, 'PEM file of its private key'),
  proxies: proxy(
    listOf(network),
    [],
    'proxies in front: native connections from them must begin with a PROXY header (v1 or v2), and their HTTP header is believed',
  ),
  proxyHeader: proxy(
    choice(PROXY_HEADERS),
    'x-forwarded-for',
    'HTTP header in which they say where a request comes from; they must set or remove it',
  ),
  exemptNetworks: proxy(
    listOf(network),
    [],
    'networks whose addresses many clients share, as behind a port mapping: limits per address do not apply, and wrong connect_ids are not counted',
  ),
  adminHost: admin(
    address,
    '127.0.0.1',
    'address of the listener for the operator and Prometheus; any but a loopback one needs a token',
  ),
  adminPort: admin(orOff(port), null, 'its port; 0 takes any free one'),
  adminTokenFile: admin(
    orOff(file),
    null,
    'file whose first line is the token that it asks for (Authorization: Bearer …)',
  ),
  stateFile: admin(orOff(file), null, 'file that keeps the bans across restarts'),
  logLevel: log(choice(LOG_LEVELS), 'info', 'what is logged'),
  logAddresses: log(yesOrNo, true, 'whether the lines about connections name the addresses of clients'),
  cluster: cluster(
    orOff(listOf(engineServer)),
    null,
    'NATS servers with JetStream, by which several gateways are one room; off: this process is the room (see server/deploy/CLUSTER.md)',
  ),
  clusterRoom: cluster(
    plainName,
    'main',
    'name of the room: gateways with the same one, on the same engine, share it',
  ),
  clusterNode: cluster(
    plainName,
    OF_MACHINE,
    'name of this gateway, another one for each; hostname: that of the machine, up to its first dot',
  ),
  clusterCredentialsFile: cluster(
    orOff(file),
    null,
    'file of this gateway’s credentials for the NATS servers: a .creds file, the seed of an nkey (SU…), or USER:PASSWORD in its first line',
  ),
  clusterCa: cluster(
    orOff(file),
    null,
    'PEM file of the authority by which the certificates of the NATS servers are checked; given, or with an address that begins with tls://, TLS is insisted on',
  ),
  clusterCert: cluster(
    orOff(file),
    null,
    'PEM file of the certificate by which the NATS servers know this gateway, for those that verify clients; read again for each connection, and TLS is insisted on',
  ),
  clusterKey: cluster(orOff(file), null, 'PEM file of its private key'),
  clusterReplicas: cluster(
    count({ min: 1, max: 5 }),
    3,
    'NATS servers that keep the log: 3, or 1 where there is only one',
  ),
  clusterSecretFile: cluster(
    orOff(file),
    null,
    'file whose first line is the secret that all gateways of the room have: by it they trust each other',
  ),
  clusterHold: cluster(
    duration({ min: 200, max: 60 * SECOND }),
    SECOND,
    'after how long without an answer of the engine clients are not read any more',
  ),
  clusterGiveUp: cluster(
    duration({ min: SECOND, max: 600 * SECOND }),
    25 * SECOND,
    'after how long without an answer of the engine all clients are sent away',
  ),
  clusterLease: cluster(
    count({ min: 3, max: 100 }),
    6,
    'beats, half a second each, that may be missing of another gateway before it counts as dead and its logins are free',
  ),
  meshHost: cluster(
    address,
    '127.0.0.1',
    'address on which the other gateways reach this one, for private connections between them',
  ),
  meshPort: cluster(port, 7780, 'its port; 0 takes any free one'),
  meshAdvertise: cluster(
    orOff(hostAndPort),
    null,
    'how the others reach it, where that is something else; off: --mesh-host, or the name of the machine, and --mesh-port',
  ),
};

type OwnSettings = {
  readonly [Name in keyof typeof OWN]: (typeof OWN)[Name] extends { readonly fallback: infer T } ? T : never;
};

/** The settings in effect, frozen. */
export interface Config extends OwnSettings {
  /** Set when the usual 8-byte port was asked for: then it must be had, instead of being left out where it is taken. */
  readonly insistsOnLong64?: true;
  readonly limits: Limits;
}

/** One setting, whatever it holds, with its names. */
export interface Setting extends Entry<unknown> {
  /** Name in {@link Config}, or in {@link Limits} when `isLimit`. */
  readonly name: string;
  readonly isLimit: boolean;
  /** True when `--help` lists it: one that many operators set. */
  readonly isBasic: boolean;
  /** Name of the flag, without dashes, and key in the file. */
  readonly flag: string;
  /** Name of the environment variable. */
  readonly env: string;
}

/** Settings that only `--help-all` lists, beside all but one of a cluster's. */
const RARE: readonly string[] = ['exemptNetworks'];

const KIND_OF_UNIT = { count, ms: duration, bytes: size };

function settingOf(name: string, entry: Entry<unknown>, isBasic: boolean): Setting {
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const env = `CHATON_${flag.toUpperCase().replaceAll('-', '_')}`;
  return { ...entry, name, isLimit: entry.group === 'Limits', isBasic, flag, env };
}

/** All settings, in the order of the help. */
export const SETTINGS: readonly Setting[] = [
  ...Object.entries(OWN).map(([name, entry]) =>
    settingOf(name, entry, name === 'cluster' || (entry.group !== 'Cluster' && !RARE.includes(name))),
  ),
  ...Object.entries<Limit>(LIMITS).map(
    ([name, { unit, default: fallback, help, isBasic = false, ...range }]) =>
      settingOf(name, { group: 'Limits', kind: KIND_OF_UNIT[unit](range), fallback, help }, isBasic),
  ),
];

/** The settings that are a port, and the one that says on which address it is listened on. */
export const HOST_OF = {
  tcpPort: 'host',
  tcpLong64Port: 'host',
  httpPort: 'host',
  tlsTcpPort: 'host',
  httpsPort: 'host',
  adminPort: 'adminHost',
  meshPort: 'meshHost',
} as const;
export type PortSetting = keyof typeof HOST_OF;

/** The flag of a setting that is no limit, with its dashes. */
export function flagOf(setting: keyof OwnSettings): string {
  return `--${SETTINGS.find(({ name }) => name === setting)!.flag}`;
}

/** A {@link Config} from one value per setting. */
export function assemble(valueOf: (setting: Setting) => unknown): Config {
  const values = (limits: boolean) =>
    Object.fromEntries(
      SETTINGS.filter(({ isLimit }) => isLimit === limits).map((setting) => [setting.name, valueOf(setting)]),
    );
  return Object.freeze({ ...values(false), limits: Object.freeze(values(true)) }) as unknown as Config;
}
