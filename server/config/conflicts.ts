/** Finds settings that are each right, and cannot work together. */
import { SETTINGS, type Config } from './settings.ts';

/** Addresses that nobody else reaches. */
const LOOPBACK = /^(127\.|::1$|localhost$|\[::1\]$)/;

const PORTS = ['tcpPort', 'tcpLong64Port', 'httpPort', 'tlsTcpPort', 'httpsPort'] as const;

const flagOf = (name: string) => `--${SETTINGS.find((setting) => setting.name === name)!.flag}`;

/**
 * Tells whether the 8-byte listener, which nobody asked for, has to be off: without a plain listener beside it, since
 * whoever turned that off wants TLS only; and where its port was given to another.
 */
export function stepsAside(config: Config): { readonly isOff: boolean; readonly warning?: string } {
  const other = [...PORTS, 'adminPort' as const].find(
    (name) => name !== 'tcpLong64Port' && config[name] === config.tcpLong64Port,
  );
  if (config.tcpPort === null || other === undefined) return { isOff: config.tcpPort === null };
  const port = `${config.tcpLong64Port}`;
  return {
    isOff: true,
    warning: `no port for clients that write LONG on 8 bytes: ${flagOf(other)} has ${port}, so choose one with --tcp-long64-port, or off`,
  };
}

/** Conflicts between settings that are each right: one line each. */
export function conflicts(config: Config): string[] {
  const { tcpPort, httpPort, tlsTcpPort, httpsPort, tlsCert, tlsKey } = config;
  const twice = PORTS.flatMap((name, index) =>
    PORTS.slice(index + 1)
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
  return [
    ...twice,
    ...conflictsOfCluster(config),
    ...rules.filter(([isWrong]) => isWrong).map(([, line]) => line),
  ];
}

/** Conflicts of a gateway that is one of several. */
function conflictsOfCluster(config: Config): string[] {
  const { cluster, clusterSecretFile, clusterHold, clusterGiveUp, clusterCert, clusterKey } = config;
  const { meshHost, meshPort, meshAdvertise } = config;
  if (cluster === null) return [];
  const same = [...PORTS, 'adminPort' as const].find((name) => meshPort !== 0 && config[name] === meshPort);
  const isElsewhere = cluster.some((url) => !LOOPBACK.test(new URL(url).hostname));
  const rules: readonly (readonly [isWrong: boolean, line: string])[] = [
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
  return [
    ...(same === undefined
      ? []
      : [`--mesh-port and ${flagOf(same)} are both ${meshPort}: each needs its own port`]),
    ...rules.filter(([isWrong]) => isWrong).map(([, line]) => line),
  ];
}
