/** Opens the port of a setting, and explains what a person can do when it cannot be had. */
import { ConfigError, TransientError, type Config } from '../config/config.ts';
import { flagOf, HOST_OF, type PortSetting } from '../config/settings.ts';
import type { Address, Listener } from './listener.ts';

/** Address of each listener; null for one that is off. */
export type Addresses = Readonly<
  Record<'tcp' | 'tcpLong64' | 'tcpTls' | 'http' | 'https' | 'admin', Address | null>
>;

/** Errors of the system that may pass: a port that is still taken, an address that the network has yet to give, no room. */
const TRANSIENT: readonly (string | undefined)[] = [
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
];

/**
 * Listens on the port of a setting; null when it is off. Throws a ConfigError when the port cannot be had, a
 * TransientError when it might be had later.
 */
export async function listenOn<T = Listener>(
  setting: PortSetting,
  config: Config,
  open: (where: Address) => Promise<T>,
): Promise<T | null> {
  const [host, port] = [config[HOST_OF[setting]], config[setting]];
  if (port === null) return null;
  try {
    return await open({ host, port });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const failure = error as NodeJS.ErrnoException;
    const mayPass = TRANSIENT.includes(failure.code) || lacksInterface(host, failure);
    const Failure = mayPass ? TransientError : ConfigError;
    throw Object.assign(new Failure(problem(setting, { host, port }, failure)), { cause: failure });
  }
}

/** Tells whether the interface behind the `%` of an address is missing: as an address may, it may come late. */
function lacksInterface(host: string, { code }: NodeJS.ErrnoException): boolean {
  return code === 'EINVAL' && host.includes('%');
}

function problem(setting: PortSetting, { host, port }: Address, error: NodeJS.ErrnoException): string {
  const [portFlag, hostFlag] = [flagOf(setting), flagOf(HOST_OF[setting])];
  const where = `cannot listen on ${host} port ${port} (${portFlag})`;
  if (error.code === 'EADDRINUSE')
    return `${where}: it is taken; stop the other program or choose another port`;
  if (error.code === 'EACCES') return `${where}: not permitted; choose a port from 1024 up`;
  if (error.code === 'EADDRNOTAVAIL')
    return `cannot listen on ${host}: this machine has no such address; choose another ${hostFlag}`;
  if (lacksInterface(host, error))
    return `cannot listen on ${host}: this machine has no such interface; choose another ${hostFlag}`;
  return `${where}: ${error.message}`;
}
