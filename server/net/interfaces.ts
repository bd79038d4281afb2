/** The network interfaces of this machine, where the system tells. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/** Interfaces by name, as `os.networkInterfaces` gives them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The interfaces; none where a sandbox keeps the system's list from this process (AF_NETLINK), since what is known of them
 * only helps whoever reads the log.
 */
export function ownInterfaces(): Interfaces {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}
