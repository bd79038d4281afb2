/** Lists, disconnects and bans clients for the operator. */
import { BANNED, DISCONNECTED, type Close } from '../../shared/protocol/closes.ts';
import type { Chat } from '../chat/chat.ts';
import type { Client } from '../chat/environment/observer.ts';
import type { Ban, BanChange } from './ban.ts';
import { meantBy, type Bans } from './bans.ts';

/** A connection as an operator sees it. */
export interface ClientView {
  readonly connection: number;
  readonly transport: string;
  readonly address: string;
  readonly login: string | null;
  readonly phase: string;
  readonly seconds: number;
  readonly commands: number;
  readonly pendingBytes: number;
  /** Bytes relayed from it, on a private connection. */
  readonly relayedBytes: number;
}

/** Everyone who is connected. */
export function listClients(chat: Chat): ClientView[] {
  const view = (
    { id, source, since, commandCount }: Client,
    of: Pick<ClientView, 'login' | 'phase' | 'pendingBytes' | 'relayedBytes'>,
  ): ClientView => ({
    connection: id,
    transport: source.transport,
    address: source.address,
    login: of.login,
    phase: of.phase,
    seconds: Math.round(chat.clock.now() - since) / 1000,
    commands: commandCount,
    pendingBytes: of.pendingBytes,
    relayedBytes: of.relayedBytes,
  });
  const sessions = Array.from(chat.connections.sessions, (session) => {
    const { login, phase, pendingBytes } = session;
    return view(session, { login, phase: phase.name, pendingBytes, relayedBytes: 0 });
  });
  const endpoints = Array.from(chat.endpoints.live, ([endpoint, client]) => {
    const phase = endpoint.isConnected ? 'relayed' : 'waiting';
    return view(client, { login: null, phase, pendingBytes: 0, relayedBytes: endpoint.relayed });
  });
  return [...sessions, ...endpoints];
}

/** Ends a connection, whichever kind it is; false when there is no such one. */
export function disconnect(chat: Chat, id: number): boolean {
  return disconnectAll(chat, new Set([id]), DISCONNECTED) > 0;
}

/** Ends the connections with these numbers in one pass, since a ban may mean ten thousand; returns how many there were. */
function disconnectAll(chat: Chat, ids: ReadonlySet<number>, close: Close): number {
  let count = 0;
  for (const session of chat.connections.sessions)
    if (ids.has(session.id)) {
      session.close(...close);
      count++;
    }
  for (const [endpoint, { id }] of chat.endpoints.live)
    if (ids.has(id)) {
      endpoint.disconnect();
      count++;
    }
  return count;
}

/** Clients of this process that a ban means: how many are disconnected, and the logins of those who have one. */
export interface Banned {
  readonly disconnected: number;
  readonly logins: readonly string[];
}

/**
 * Bans an address or a login, and disconnects the clients that it means. Throws a TooManyBans.
 * @param change made at another gateway
 */
export function enforceBan(chat: Chat, bans: Bans, ban: Ban, change?: BanChange): Banned {
  bans.add(ban, change);
  const isMeant = meantBy(ban);
  for (const connection of chat.connections.undecided)
    if (isMeant(connection.source.address, null)) connection.becomeSession();
  const meant = listClients(chat).filter(({ address, login }) => isMeant(address, login));
  disconnectAll(chat, new Set(meant.map(({ connection }) => connection)), BANNED);
  return { disconnected: meant.length, logins: meant.flatMap(({ login }) => login ?? []) };
}

/** Forgets the messages of those who are banned: they are not shown to those who come later, either. */
export function forgetSaid(chat: Chat, ban: Ban, logins: readonly string[]): void {
  const isMeant = meantBy(ban);
  chat.history.forget((login) => logins.includes(login) || (ban.kind === 'login' && isMeant('', login)));
}
