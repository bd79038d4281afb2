/** Settings that are each right, and cannot work together. */
import { SETTINGS, type Config } from './settings.ts';

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
