/** Keys of networks for a table: two spellings of the same network have one key. */
import { isIP } from 'node:net';
import { groupsOf, parseCidr, plainAddress, withoutZone } from './address.ts';

/** An address as a number, and how many bits it has. */
interface Numbered {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Parses an address in any spelling; null for anything else. The zone of a link-local one is ignored. */
export function numbered(text: string): Numbered | null {
  return numberOf(plainAddress(withoutZone(text)));
}

/** The key of the network of this prefix that an address is in. */
export function keyOf({ bits, value }: Numbered, prefix: number): string {
  return `${bits}/${prefix} ${(value >> BigInt(bits - prefix)).toString(36)}`;
}

/** Parses a network, or one address, that the settings have accepted: an address in it, and its prefix. */
export function networkIn(text: string): { readonly base: Numbered; readonly prefix: number } {
  const cidr = parseCidr(text);
  const base = cidr && numberOf(cidr.base);
  if (!base) throw new TypeError(`no network: ${text}`);
  return { base, prefix: cidr.bits ?? base.bits };
}

function numberOf(address: string): Numbered | null {
  const version = isIP(address);
  if (version === 0) return null;
  const [parts, width] = version === 4 ? [address.split('.').map(Number), 8n] : [groupsOf(address), 16n];
  const value = parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n);
  return { bits: version === 4 ? 32 : 128, value };
}
