/** The WebSockets of pages that run here instead of in a browser: to any server over TLS, and broken at will. */
import { WebSocket as NodeSocket } from 'ws';

/** By URL, which each page has for itself: the one it opened last. */
const latest = new Map<string, NodeSocket>();

class PageSocket extends NodeSocket {
  constructor(url: string, protocol: string) {
    // Loopback: whose certificate it is does not matter.
    const { headers, localAddress } = about.get(url) ?? {};
    super(url, protocol, {
      rejectUnauthorized: false,
      ...(headers && { headers }),
      ...(localAddress !== undefined && { localAddress }),
    });
    // A close follows.
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

/** From now on the page's code opens these. */
export function usePageSockets(): void {
  globalThis.WebSocket = PageSocket as unknown as typeof globalThis.WebSocket;
}

/** A URL that no other page has. */
export function urlOfPage(base: string, origin: PageOrigin = {}): string {
  const url = `${base}/ws?page=${++pages}`;
  about.set(url, origin);
  return url;
}

/** Breaks the connection of the page that has this URL, without a word to the server. */
export function breakPage(url: string): void {
  latest.get(url)?.terminate();
}

/** The WebSocket that the page has opened last. */
export function socketOfPage(url: string): NodeSocket | null {
  return latest.get(url) ?? null;
}

/** The page is gone for good. */
export function forgetPage(url: string): void {
  latest.delete(url);
  about.delete(url);
}
