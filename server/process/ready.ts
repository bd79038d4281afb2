/** Describes where a gateway that is ready listens, and at which addresses others reach it. */
import { isIPv6 } from 'node:net';
import type { Address } from '../app/listener.ts';
import type { Addresses } from '../app/ports.ts';
import { ownInterfaces, type Interfaces } from '../addresses/own-addresses.ts';

/** Addresses of this machine by which others reach each kind of listener: URLs of the page, `host:port` of the others. */
export type Reachable = Readonly<Partial<Record<'page' | 'native' | 'long64' | 'tls', readonly string[]>>>;

/** Addresses of a listener that are named at most. */
const MOST = 4;
/** Interfaces of containers, virtual machines and tunnels: seldom those by which somebody in the same room comes. */
const VIRTUAL = /^(br-|docker|veth|virbr|vmnet|vboxnet|lxc|podman|cni|tun|tap)/;
/** Link-local addresses, which are of no use without the name of an interface (RFC 3927, RFC 4291 §2.5.6). */
const LINK_LOCAL = /^(169\.254\.|fe[89ab][0-9a-f]:)/i;

/** The line that says that clients may come, and where each listener is. */
export function readyLine({ http, https, tcp, tcpTls, tcpLong64, admin }: Addresses): string {
  const parts = [
    http && `page on http://${endpoint(http)}`,
    https && `page on https://${endpoint(https)}`,
    tcp && `native clients on ${endpoint(tcp)}`,
    tcpLong64 && `with 8-byte LONGs on ${endpoint(tcpLong64)}`,
    tcpTls && `native clients with TLS on ${endpoint(tcpTls)}`,
    admin && `administration on http://${endpoint(admin)}`,
  ];
  return `ready: ${parts.filter(Boolean).join(', ')}`;
}

/**
 * The addresses by which others reach listeners that are on all interfaces, to be handed on; a
 * listener that is on one address is left out, since the line says it already. Behind a proxy, or in a container whose
 * ports are mapped, others use another address, which nobody here knows.
 * @param interfaces those of this machine
 */
export function reachable(addresses: Addresses, interfaces: Interfaces = ownInterfaces()): Reachable {
  const { http, https, tcp, tcpTls, tcpLong64 } = addresses;
  const found = {
    page: [...urls('https', https, interfaces), ...urls('http', http, interfaces)],
    native: endpoints(tcp, interfaces),
    long64: endpoints(tcpLong64, interfaces),
    tls: endpoints(tcpTls, interfaces),
  };
  return Object.fromEntries(Object.entries(found).filter(([, there]) => there.length > 0));
}

/** The same for a person at a terminal, on a line of its own for each kind of listener. */
export function describeReachable({ page, native, long64, tls }: Reachable): string {
  const lines = [
    page && `page            ${page.join('  ')}`,
    native && `native clients  ${native.join('  ')}`,
    long64 && `8-byte LONGs    ${long64.join('  ')}`,
    tls && `with TLS        ${tls.join('  ')}`,
  ];
  return lines
    .filter(Boolean)
    .map((line) => `\n${line}`)
    .join('');
}

function urls(scheme: 'http' | 'https', address: Address | null, interfaces: Interfaces): string[] {
  return endpoints(address, interfaces).map((one) => `${scheme}://${one}`);
}

function endpoints(address: Address | null, interfaces: Interfaces): string[] {
  if (address === null || !isWildcard(address.host)) return [];
  const { host, port } = address;
  // A listener on :: takes IPv4 as well.
  return addressesOf(interfaces, { hasIPv6: host === '::' }).map((own) => endpoint({ host: own, port }));
}

function isWildcard(host: string): boolean {
  return host === '::' || host.replace(/^::ffff:/i, '') === '0.0.0.0';
}

/** Addresses of this machine that others may use, the likeliest first: real interfaces, and IPv4, which can be dictated. */
function addressesOf(interfaces: Interfaces, { hasIPv6 }: { readonly hasIPv6: boolean }): string[] {
  const rank = (name: string, family: string) => (VIRTUAL.test(name) ? 2 : 0) + (family === 'IPv4' ? 0 : 1);
  return Object.entries(interfaces)
    .flatMap(([name, infos = []]) =>
      infos
        .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
        .map(({ address, family }) => ({ address, family, rank: rank(name, family) })),
    )
    .filter(({ family }) => hasIPv6 || family === 'IPv4')
    .toSorted((one, other) => one.rank - other.rank)
    .slice(0, MOST)
    .map(({ address }) => address);
}

function endpoint({ host, port }: Address): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
