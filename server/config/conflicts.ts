/** Finds settings that are each right, and cannot work together. */
import { resolve } from 'node:path';
import { plainAddress } from '../addresses/address.ts';
import { file } from './kinds.ts';
import { flagOf, HOST_OF, SETTINGS, type Config, type PortSetting } from './settings.ts';

/** Addresses that nobody else reaches. */
const LOOPBACK = /^(127\.|::1$|localhost$|\[::1\]$)/;

const PORTS = Object.keys(HOST_OF) as readonly PortSetting[];

/**
 * Tells whether the 8-byte listener, where it is there by default only, has to be off: without a plain listener beside it,
 * since whoever turned that off wants TLS only; and where its port was given to another, of which the warning tells.
 */
export function long64StepsAside(config: Config): { readonly isOff: boolean; readonly warning?: string } {
  const other = PORTS.find(
    (name) => !['tcpLong64Port', 'meshPort'].includes(name) && config[name] === config.tcpLong64Port,
  );
  if (config.tcpPort === null || other === undefined) return { isOff: config.tcpPort === null };
  const port = `${config.tcpLong64Port}`;
  return {
    isOff: true,
    warning: `no port for clients that write LONG on 8 bytes: ${flagOf(other)} has ${port}, so choose one with --tcp-long64-port, or off`,
  };
}

/** Address that a port is listened on; null when it is off, or any free port will do. */
function placeOf(config: Config, name: PortSetting): { host: string; port: number } | null {
  const { [name]: port, cluster } = config;
  if (port === null || port === 0 || (name === 'meshPort' && cluster === null)) return null;
  return { host: plainAddress(config[HOST_OF[name]]), port };
}

/** Tells whether one listener keeps another on this port out: on the same address, or on all of that kind. */
function isTaken(one: string, other: string): boolean {
  const covers = (all: string, each: string) => all === '::' || (all === '0.0.0.0' && !each.includes(':'));
  return one === other || covers(one, other) || covers(other, one);
}

/** Finds ports that are given to two listeners: unlike one that another program has, no later try would get it. */
function portsGivenTwice(config: Config): string[] {
  return PORTS.flatMap((name, index) =>
    PORTS.slice(index + 1)
      .filter((other) => {
        const [here, there] = [placeOf(config, name), placeOf(config, other)];
        return here !== null && here.port === there?.port && isTaken(here.host, there.host);
      })
      .map(
        (other) => `${flagOf(name)} and ${flagOf(other)} are both ${config[name]}: each needs its own port`,
      ),
  );
}

/** The settings that are a file: all are only read, but the one of the state. */
const FILES = SETTINGS.filter(
  ({ name, kind }) => kind.placeholder === file.placeholder && name !== 'stateFile',
);

/** Finds files that are read for something else, and that the state file would overwrite. */
function filesOverwritten(config: Config, configFile: string | undefined): string[] {
  const { stateFile } = config;
  if (stateFile === null) return [];
  return [
    ...FILES.map(({ flag, name }) => [`--${flag}`, config[name as 'tlsCert']] as const),
    ['--config', configFile] as const,
  ]
    .filter(([, path]) => path && resolve(path) === resolve(stateFile))
    .map(([flag]) => `--state-file and ${flag} are both ${stateFile}: bans would be written over it`);
}

/**
 * Finds settings that have no effect, though somebody may rely on them: one line each.
 * @param saysPort whether the port of the operator was given: whoever says `off` knows that nothing listens
 */
export function doubts(config: Config, saysPort: boolean): string[] {
  const { tlsCert, tlsKey, tlsTcpPort, httpsPort, adminPort, adminTokenFile, proxies, cluster } = config;
  const [ofCluster] = SETTINGS.filter(
    ({ group, name, fallback }) => group === 'Cluster' && config[name as keyof Config] !== fallback,
  );
  const rules: readonly Rule[] = [
    [
      tlsCert !== null && tlsKey !== null && tlsTcpPort === null && httpsPort === null,
      '--tls-cert is given, and neither --https-port nor --tls-tcp-port: nothing is encrypted',
    ],
    [
      adminTokenFile !== null && adminPort === null && !saysPort,
      '--admin-token-file is given, and no --admin-port: there is no listener for the operator',
    ],
    [
      cluster === null && ofCluster !== undefined,
      `--${ofCluster?.flag} is given, and no --cluster: this gateway is a room by itself`,
    ],
    [
      proxies.some((network) => network.endsWith('/0')),
      '--proxies names every address: whoever connects is believed about where it comes from',
    ],
  ];
  return rules.filter(([isSo]) => isSo).map(([, line]) => line);
}

type Rule = readonly [isSo: boolean, line: string];

/**
 * Finds conflicts between settings that are each right: one line each.
 * @param configFile the file of settings, if there is one: the state must not be written over it
 */
export function conflicts(config: Config, configFile?: string): string[] {
  const { tcpPort, httpPort, tlsTcpPort, httpsPort, tlsCert, tlsKey } = config;
  const rules: readonly Rule[] = [
    ...rulesOfCluster(config),
    [tcpPort === null && tlsTcpPort === null, 'native clients need --tcp-port or --tls-tcp-port'],
    [httpPort === null && httpsPort === null, 'the page needs --http-port or --https-port'],
    [
      (tlsTcpPort ?? httpsPort) !== null && (tlsCert === null || tlsKey === null),
      '--tls-tcp-port and --https-port need --tls-cert and --tls-key',
    ],
    [(tlsCert === null) !== (tlsKey === null), '--tls-cert and --tls-key need each other'],
  ];
  return [
    ...portsGivenTwice(config),
    ...filesOverwritten(config, configFile),
    ...rules.filter(([isWrong]) => isWrong).map(([, line]) => line),
  ];
}

/** Rules for a gateway that is one of several. */
function rulesOfCluster(config: Config): Rule[] {
  const { cluster, clusterSecretFile, clusterHold, clusterGiveUp, clusterCert, clusterKey } = config;
  const { meshHost, meshAdvertise } = config;
  if (cluster === null) return [];
  const isElsewhere = cluster.some((url) => !LOOPBACK.test(new URL(url).hostname));
  return [
    [cluster.length === 0, '--cluster needs at least one address of a NATS server'],
    [
      clusterSecretFile === null,
      '--cluster needs --cluster-secret-file: the secret by which the gateways trust each other',
    ],
    [(clusterCert === null) !== (clusterKey === null), '--cluster-cert and --cluster-key need each other'],
    [
      clusterHold >= clusterGiveUp,
      '--cluster-hold must be less than --cluster-give-up: clients are held before they are sent away',
    ],
    [
      isElsewhere && LOOPBACK.test(meshHost) && meshAdvertise === null,
      `--mesh-host is ${meshHost}, where gateways on other machines do not reach this one: give one of its addresses, or --mesh-advertise`,
    ],
  ];
}
