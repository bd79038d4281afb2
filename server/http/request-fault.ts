/** Faults of requests that Node's parser lets pass, for every listener that takes requests. */
import type { IncomingMessage } from 'node:http';

/** Characters that a Host cannot have: its value is one host, and maybe a port (RFC 9112 §3.2). */
const NO_HOST = /[\s,/?#@\\]/;

/** Names what is wrong with a request that Node lets pass, and would not count; null when nothing is. */
export function faultOf({ headersDistinct, httpVersion, httpVersionMajor }: IncomingMessage): string | null {
  // Node reads 0.9 and 2.0 as well, and takes them for 1.1.
  if (httpVersionMajor !== 1) return 'a request is in HTTP/1.1';
  // One of several is ambiguous: Node takes the first, and a proxy in front may have taken another (RFC 9112 §3.2).
  const hosts = headersDistinct['host'] ?? [];
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion === '1.1'))
    return 'a request has one Host header';
  return hosts.every((host) => !NO_HOST.test(host))
    ? null
    : 'the Host header names a host, and maybe its port';
}
