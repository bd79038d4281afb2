/**
 * The network interfaces of this machine, and addresses from which clients seem to come whose own address was hidden on the
 * way: this machine's, and its gateway's.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { plainAddress } from './address.ts';

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

/** Flag of a route that leads to a gateway (RTF_GATEWAY). */
const TO_GATEWAY = 0x2;
/** Columns of a line of `/proc/net/ipv6_route`: destination, its length, and the next hop. */
const [DESTINATION6, LENGTH6, NEXT_HOP6] = [0, 1, 4];

/** Reads one of Linux' tables of routes; empty where there is none. */
export type ReadRoutes = (path: '/proc/net/route' | '/proc/net/ipv6_route') => string;

/** The gateways of the default routes, in the one spelling of addresses; none where the system does not tell. */
export function defaultGateways(read: ReadRoutes = readRoutes): string[] {
  const rows = (path: Parameters<ReadRoutes>[0]) =>
    read(path)
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
  const ofIPv4 = rows('/proc/net/route')
    .filter(([, destination, , flags = '', , , , mask]) => {
      return destination === '00000000' && mask === '00000000' && (parseInt(flags, 16) & TO_GATEWAY) !== 0;
    })
    .map(([, , gateway = '']) => addressOf(gateway));
  const ofIPv6 = rows('/proc/net/ipv6_route')
    .filter((row) => /^0+$/.test(row[DESTINATION6]!) && row[LENGTH6] === '00')
    .map((row) => row[NEXT_HOP6] ?? '')
    .filter((hop) => /^[\da-f]{32}$/.test(hop) && !/^0+$/.test(hop))
    .map((hop) => plainAddress(hop.match(/.{4}/g)!.join(':')));
  return [...new Set([...ofIPv4, ...ofIPv6])];
}

/**
 * Addresses from which nobody but this machine should come, loopback ones left out: its own, as some port mappings make
 * clients seem to have, and its gateways', as others do.
 */
export function sharedAddresses(): string[] {
  const own = Object.values(ownInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => plainAddress(address));
  return [...defaultGateways(), ...own];
}

/** An IPv4 address as the table has it: a number in the order of bytes of Linux' usual machines, in hexadecimal. */
function addressOf(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => parseInt(byte, 16))
    .join('.');
}

function readRoutes(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
