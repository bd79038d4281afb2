/** Trusted proxies: whose headers are believed about the address of a client. */
import { BlockList, isIP, type IPVersion } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';
import { parseCidr, plainAddress, withoutZone } from '../addresses/address.ts';

/** A list of networks in CIDR notation, single addresses included. */
export class Networks {
  readonly #list = new BlockList();

  constructor(networks: Iterable<string>) {
    for (const network of networks) {
      const cidr = parseCidr(network);
      if (cidr === null) throw new TypeError(`not a network: ${network}`);
      const { base, bits } = cidr;
      if (bits === null) this.#list.addAddress(base, versionOf(base));
      else this.#list.addSubnet(base, bits, versionOf(base));
    }
  }

  has(address: string): boolean {
    const plain = withoutZone(plainAddress(address));
    return isIP(plain) !== 0 && this.#list.check(plain, versionOf(plain));
  }
}

/** Proxies in front of this server. */
export class Proxies extends Networks {
  /** True when there are any: without, no header is read. */
  readonly any: boolean;
  readonly #header: 'x-forwarded-for' | 'forwarded';

  constructor(networks: readonly string[], header: 'x-forwarded-for' | 'forwarded') {
    super(networks);
    this.any = networks.length > 0;
    this.#header = header;
  }

  /**
   * The address of the client that a request comes from: the header is read from the right, and each hop believed as
   * long as the one that added it is a trusted proxy. What a stranger wrote further to the left is never reached.
   * @param remote address of the connection
   */
  clientOf(remote: string, headers: IncomingHttpHeaders): string {
    const text = headers[this.#header];
    if (!this.any || typeof text !== 'string') return remote;
    const isForwarded = this.#header === 'forwarded';
    let address = remote;
    for (const hop of fromTheRight(text, ',', isForwarded)) {
      // The text left of here was written by a stranger, and is not even read.
      if (!this.has(address)) break;
      const forwarded = addressIn((isForwarded ? forIn(hop) : hop).trim());
      if (forwarded === null) break;
      address = forwarded;
    }
    // A copy: as a part of the request's text it would keep all of that, for as long as the client is there.
    return address === remote ? address : Buffer.from(address).toString();
  }

  /** Tells whether a request from an address that is no trusted proxy has the header. */
  isForged(remote: string, headers: IncomingHttpHeaders): boolean {
    return headers[this.#header] !== undefined && !this.has(remote);
  }
}

/** The `for` of an element (RFC 7239); '' where there is none. */
function forIn(element: string): string {
  for (const pair of fromTheRight(element, ';', true)) {
    const [, value] = /^\s*for=(.*)$/is.exec(pair) ?? [];
    if (value === undefined) continue;
    const [, quoted] = /^"(.*)"$/s.exec(value.trim()) ?? [];
    return quoted?.replaceAll(/\\(.)/gs, '$1') ?? value;
  }
  return '';
}

/**
 * The parts of a text, the last first, each read when it is asked for. Read from this side, quotes of a stranger that
 * do not end cannot hide what a proxy wrote behind them. Every character is read twice at most.
 */
function* fromTheRight(text: string, separator: string, mayBeQuoted: boolean): Iterable<string> {
  let end = text.length;
  let isQuoted = false;
  for (let at = end - 1; at >= 0; at--) {
    // Separators inside quotes are text.
    if (text[at] === '"' && mayBeQuoted) isQuoted = isQuoted ? isEscaped(text, at) : true;
    else if (text[at] === separator && !isQuoted) {
      yield text.slice(at + 1, end);
      end = at;
    }
  }
  yield text.slice(0, end);
}

/** Tells whether there is an odd number of backslashes before a character. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before--;
  return (at - before) % 2 === 1;
}

/** The address in `1.2.3.4`, `1.2.3.4:56`, `::1`, `[::1]` or `[::1]:56`; null for anything else. */
function addressIn(hop: string): string | null {
  const [, bracketed, v4, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::(\d{1,5}))?$/.exec(hop) ?? [];
  if (Number(port ?? 0) > 65_535) return null;
  const address = bracketed ?? v4 ?? hop;
  return isIP(address) === 0 || address.includes('%') ? null : plainAddress(address);
}

function versionOf(address: string): IPVersion {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
