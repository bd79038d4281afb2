/** IP addresses in their one spelling, and the networks that limits count by. */
import { BlockList, isIP, isIPv6 } from 'node:net';

/** IPv4 as IPv6 (RFC 4291 §2.5.5.2), in its one spelling, and how many bits of it are the same for all. */
const MAPPED = /^::ffff:([\da-f]+):([\da-f]+)$/;
const MAPPED_BITS = 96;

/**
 * The one spelling of an address (RFC 5952): lower case, no zeros that can be left out. An IPv4 address that was
 * written as IPv6, by a dual-stack socket or a proxy, is the IPv4 address. What is no address stays as it is.
 */
export function plainAddress(address: string): string {
  // The usual case is the shortest.
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [base = '', zone] = address.split('%', 2);
  const plain = shortest(base);
  const mapped = mappedOf(plain);
  // Nobody comes from 0.0.0.0/8 (RFC 1122 §3.2.1.3).
  if (mapped !== null && !mapped.startsWith('0.')) return mapped;
  return zone === undefined ? plain : `${plain}%${zone}`;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Tells whether this is an address, and no name, by which a machine reaches itself and nobody else does. */
export function isLoopback(address: string): boolean {
  return isIP(address) > 0 && LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The address without the interface that a link-local one is reached by. */
export function withoutZone(address: string): string {
  return address.split('%', 1)[0]!;
}

/** The network that limits count as one client: the IPv4 address itself, or the /64 of an IPv6 address (D18). */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':') || !isIPv6(plain)) return plain;
  const groups = groupsOf(withoutZone(plain)).slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}

/** A network in CIDR notation, or an address: a base in its one spelling, and how many bits of it count. */
interface Cidr {
  readonly base: string;
  /** Null when all do. */
  readonly bits: number | null;
}

/** Parses `10.0.0.0/8`, `2001:DB8::/32`, `::ffff:10.0.0.0/104` or an address; null for anything else. */
export function parseCidr(text: string): Cidr | null {
  const [, base = '', digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(base);
  if (version === 0) return null;
  const bits = digits === undefined ? null : Number(digits);
  if (bits !== null && bits > (version === 4 ? 32 : 128)) return null;
  if (version === 4) return { base, bits };
  const plain = shortest(base);
  const mapped = mappedOf(plain);
  // Fewer bits than the prefix of IPv4 in IPv6 mean more than IPv4.
  if (mapped === null || (bits !== null && bits < MAPPED_BITS)) return { base: plain, bits };
  return { base: mapped, bits: bits === null ? null : bits - MAPPED_BITS };
}

/** The eight numbers of an IPv6 address in its one spelling, without a zone. */
export function groupsOf(address: string): number[] {
  const [head = [], tail] = address.split('::', 2).map(partsOf);
  if (tail === undefined) return [...head];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return [...head, ...zeros, ...tail];
}

function partsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
}

/** The IPv4 address that an IPv6 one stands for; null for any other. */
function mappedOf(plain: string): string | null {
  const numbers = MAPPED.exec(plain)
    ?.slice(1)
    .map((group) => parseInt(group, 16));
  return numbers?.flatMap((number) => [number >> 8, number & 0xff]).join('.') ?? null;
}

/** The spelling of RFC 5952 of an IPv6 address, which is that of a URL's host. */
function shortest(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
