/** Asks the server about the room, for people who are not in it yet as well (`/room.json`). */
import type { AboutRoom, Lifetimes } from '../../shared/protocol/about-room.ts';

/** Asks for it. Rejects when there is no answer, or none that can be read. */
export async function fetchAboutRoom(signal?: AbortSignal): Promise<AboutRoom> {
  const response = await fetch(new URL('room.json', document.baseURI), { signal: signal ?? null });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const { history, native, lifetimes } = Object(await response.json()) as Record<string, unknown>;
  return { history: historyIn(history), native: nativeIn(native), lifetimes: lifetimesIn(lifetimes) };
}

/** Asks how long private requests and connect_ids live here; null when the server does not say. */
export const fetchLifetimes = async (): Promise<Lifetimes | null> => (await fetchAboutRoom()).lifetimes;

/** Reads the history's bounds from an answer, which is not to be trusted. */
function historyIn(value: unknown): AboutRoom['history'] {
  const { messages, age } = Object(value) as Record<string, unknown>;
  return typeof messages === 'number' && typeof age === 'number' ? { messages, age } : null;
}

function nativeIn(value: unknown): AboutRoom['native'] {
  const { host, tcp, tcpLong64, tcpTls } = Object(value) as Record<string, unknown>;
  const port = (raw: unknown) => (typeof raw === 'number' ? raw : null);
  if (typeof host !== 'string') return null;
  return { host, tcp: port(tcp), tcpLong64: port(tcpLong64), tcpTls: port(tcpTls) };
}

function lifetimesIn(value: unknown): Lifetimes | null {
  const { request, connectId } = Object(value) as Record<string, unknown>;
  return typeof request === 'number' && typeof connectId === 'number' ? { request, connectId } : null;
}
