/** Keys of networks for a table: two spellings of the same network have one key. */
import { isIP } from 'node:net';
import { groupsOf, plainAddress, withoutZone } from './address.ts';

/** An address as a number, and how many bits it has. */
export interface Numbered {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Parses an address in any spelling; null for anything else. The zone of a link-local one is ignored. */
export function numbered(text: string): Numbered | null {
  const address = plainAddress(withoutZone(text));
  switch (isIP(address)) {
    case 4:
      return { bits: 32, value: numberOf(address.split('.').map(Number), 8) };
    case 6:
      return asIPv4({ bits: 128, value: numberOf(groupsOf(address), 16) });
    default:
      return null;
  }
}

/** The key of the network of this prefix that an address is in. */
export function keyOf({ bits, value }: Numbered, prefix: number): string {
  return `${bits}/${prefix} ${(value >> BigInt(bits - prefix)).toString(36)}`;
}

/**
 * Parses a network in CIDR notation, or one address, that the settings have accepted: an address in it, and its prefix.
 */
export function networkIn(text: string): { readonly base: Numbered; readonly prefix: number } {
  const [address = '', length] = text.split('/');
  const base = numbered(address);
  if (!base) throw new TypeError(`no network: ${text}`);
  if (length === undefined) return { base, prefix: base.bits };
  // The length of ::ffff:192.0.2.0/120 counts the 96 bits that say it is IPv4.
  const prefix = Number(length) - (base.bits === 32 && isIP(address) === 6 ? 96 : 0);
  return prefix >= 0
    ? { base, prefix }
    : { base: { bits: 128, value: MAPPED | base.value }, prefix: prefix + 96 };
}

/** ::ffff:0:0, where IPv6 keeps the IPv4 addresses. */
const MAPPED = 0xffffn << 32n;

function asIPv4(address: Numbered): Numbered {
  return address.value >> 32n === 0xffffn ? { bits: 32, value: address.value - MAPPED } : address;
}

function numberOf(parts: readonly number[], bits: number): bigint {
  return parts.reduce((sum, part) => (sum << BigInt(bits)) | BigInt(part), 0n);
}
