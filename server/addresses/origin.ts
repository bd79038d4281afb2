/** Parses and compares origins (RFC 6454) and Host headers: by what they mean, not as they are written (D27). */

/** Value of a Host header (RFC 9110 §7.2): no user, no path. */
const HOST = /^[^\s@/\\?#]+$/;

/** The text that was parsed last, and what it means: of many pages that come, nearly all are of one origin. */
let latest: { readonly text: string; readonly origin: string | null } = { text: '', origin: null };

/**
 * The one spelling of an origin: lower case, no default port, IPv6 in its shortest form. Null for what is none that a
 * server could have: opaque ones, files, addresses with a path.
 */
export function parseOrigin(text: string): string | null {
  if (text !== latest.text) {
    const [, scheme = '', host = ''] = /^(https?):\/\/([^/]+)\/?$/i.exec(text) ?? [];
    latest = { text, origin: originOf(`${scheme}:`, host) };
  }
  return latest.origin;
}

/** A request as it names the server it was sent to. */
interface Addressed {
  /** The request target as it came: a path, or an absolute URL (RFC 9112 §3.2). */
  readonly target: string;
  readonly host: string | undefined;
}

/**
 * Tells whether a request comes from a page of the server that it was sent to (D27). The scheme is ignored: a proxy in
 * front may speak TLS.
 */
export function isOwnOrigin(origin: string, { target, host }: Addressed): boolean {
  const page = parseOrigin(origin);
  if (page === null) return false;
  // The host of an absolute URL wins over the header (RFC 9112 §3.2.2).
  const authority = authorityOf(target) ?? host ?? '';
  // The usual case, in which there is nothing to parse.
  if (page.slice(page.indexOf('//') + 2) === authority) return true;
  return originOf(new URL(page).protocol, authority) === page;
}

/** A path of which nothing is served. */
const NOWHERE = '/%25';

/**
 * The path and query of a request target, which may be an absolute URL (RFC 9112 §3.2.2). For a path that cannot be decoded,
 * one of which nothing is served: Fastify would answer past all hooks.
 */
export function pathOf(target: string): string {
  const authority = authorityOf(target);
  const rest = authority === null ? target : target.slice(target.indexOf('//') + 2 + authority.length);
  const path = authority === null || rest.startsWith('/') ? rest : `/${rest}`;
  return isDecodable(path.split('?', 1)[0]!) ? path : NOWHERE;
}

function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Authority that an absolute request target names; null for a path. */
function authorityOf(target: string): string | null {
  return /^https?:\/\/([^/?#]*)/i.exec(target)?.[1] ?? null;
}

function originOf(protocol: string, host: string): string | null {
  const url = `${protocol}//${host}`;
  return HOST.test(host) && URL.canParse(url) ? new URL(url).origin : null;
}
