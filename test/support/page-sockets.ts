/** WebSockets of pages that run in Node instead of in a browser: with TLS to any server, and broken at will. */
import { WebSocket as NodeSocket } from 'ws';

/** Latest WebSocket by URL, which is different for each page. */
const latest = new Map<string, NodeSocket>();

class PageSocket extends NodeSocket {
  constructor(wanted: string, protocol: string) {
    // A page that resumes in a cluster puts its own query behind the one that tells pages apart here.
    const [path, page, ...queries] = wanted.split('?');
    const url = `${path}?${page}`;
    const { headers, localAddress } = about.get(url) ?? {};
    // The certificate is not verified, since the server is on loopback.
    super([url, ...queries].join('&'), protocol, {
      rejectUnauthorized: false,
      ...(headers && { headers }),
      ...(localAddress !== undefined && { localAddress }),
    });
    // A close follows every error.
    this.on('error', () => {});
    latest.set(url, this);
  }
}

export interface PageOrigin {
  readonly localAddress?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const about = new Map<string, PageOrigin>();
let pages = 0;

/** Makes the page's code open these WebSockets from now on. */
export function usePageSockets(): void {
  globalThis.WebSocket = PageSocket as unknown as typeof globalThis.WebSocket;
}

/** Makes a URL that no other page has. */
export function urlOfPage(base: string, origin: PageOrigin = {}): string {
  const url = `${base}/ws?page=${++pages}`;
  about.set(url, origin);
  return url;
}

/** Breaks the connection of the page that has this URL, without a close frame. */
export function breakPage(url: string): void {
  latest.get(url)?.terminate();
}

/** WebSocket that the page has opened last. */
export function socketOfPage(url: string): NodeSocket | null {
  return latest.get(url) ?? null;
}

/** Forgets a page that does not come back. */
export function forgetPage(url: string): void {
  latest.delete(url);
  about.delete(url);
}
