import { afterEach, beforeEach, expect } from 'vitest';
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import type { Limits } from '../../server/chat/limits/limits.ts';
import { nodesOf, startRoomGateway } from './room-gateway.ts';
import { ACCEPTED, login, okPrivate, requestPrivate, str } from './raw-hex.ts';
import { connectRaw } from './connect-raw.ts';
import type { Addressed, Kind, RawConnection, TestGateway } from './raw-connection.ts';
import { SENTENCE } from './raw-room.ts';
import { ESTABLISHED, idPrivate, LONG_BYTES, loginPrivate } from './relay-hex.ts';

/** Client in the room, and the width of LONG on its listener. */
export interface Member {
  readonly name: string;
  readonly kind: Kind;
  readonly peer: RawConnection;
}

/** Gateway with all three listeners, and everyone who came to it. */
export class RelayRoom {
  readonly gateway: Addressed;
  readonly #everyone: Array<{ reset(): void }> = [];

  constructor(gateway: Addressed) {
    this.gateway = gateway;
  }

  /** Opens a connection identified under this name. */
  async join(name: string, kind: Kind): Promise<Member> {
    const peer = await this.connect(kind);
    peer.send(login(name));
    await peer.expect(ACCEPTED);
    return { name, kind, peer };
  }

  /** Opens a connection that has sent nothing; from another address of this machine when one is given. */
  async connect(kind: Kind, localAddress?: string): Promise<RawConnection> {
    const endpoint = await connectRaw(this.gateway, kind, localAddress);
    this.#everyone.push(endpoint);
    return endpoint;
  }

  /**
   * Negotiates REQUEST → OK → ID_PRIVATE to both: the same id to each, in their own width, the logins byte for byte (§3).
   */
  async negotiate(requester: Member, target: Member): Promise<number> {
    const request = requestPrivate(requester.name, target.name);
    requester.peer.send(request);
    await target.peer.expect(request);
    target.peer.send(okPrivate(requester.name, target.name));
    await requester.peer.expect('08' + str(requester.name) + str(target.name));
    const size = LONG_BYTES[requester.kind];
    const read = Buffer.from(await requester.peer.read(size), 'hex');
    const id = Number(size === 8 ? read.readBigInt64BE() : read.readInt32BE());
    expect(id, 'a signed 32-bit number').toBe(id | 0);
    await target.peer.expect(idPrivate(requester.name, target.name, id, LONG_BYTES[target.kind]));
    return id;
  }

  /** Opens a connection that presents this id. */
  async present(id: number, kind: Kind, localAddress?: string): Promise<RawConnection> {
    const endpoint = await this.connect(kind, localAddress);
    await endpoint.write(loginPrivate(id, LONG_BYTES[kind]));
    return endpoint;
  }

  /** Establishes a private connection on a fresh id (§4); the members who negotiated it stay. */
  async establish(requester: Member, target: Member): Promise<[RawConnection, RawConnection]> {
    const id = await this.negotiate(requester, target);
    const endpoints = [await this.present(id, requester.kind), await this.present(id, target.kind)] as const;
    for (const endpoint of endpoints) await endpoint.inbox.expect(ESTABLISHED);
    return [...endpoints];
  }

  dropEveryone(): void {
    for (const one of this.#everyone) one.reset();
    this.#everyone.length = 0;
  }
}

/** Expects that both sides have ended, and nothing broke: a WebSocket is told so by 1000 (D25). */
export async function expectCleanEnd(endpoint: RawConnection): Promise<void> {
  const { reset, code } = await endpoint.over;
  expect({ reset, code }).toEqual({ reset: false, code: endpoint.kind === 'websocket' ? 1000 : undefined });
}

/**
 * Expects a break (D21): an error on TCP, and on a WebSocket no close frame at all, so that no one takes it for an end.
 */
export async function expectBroken(endpoint: RawConnection): Promise<void> {
  const told = endpoint.kind === 'websocket' ? { code: 1006, reason: '' } : { code: 'ECONNRESET' };
  expect(await endpoint.over).toEqual({ reset: true, ...told });
  expect(endpoint.inbox.ended, 'an end of writing before').toBe(false);
}

/**
 * Expects a refusal (D18): closed for the id it presented, over a WebSocket with a reason (D26), and not a byte before.
 */
export async function expectRefused(endpoint: RawConnection): Promise<void> {
  expect(await endpoint.inbox.readToEnd()).toBe('');
  if (endpoint.kind !== 'websocket') endpoint.end();
  const { code, reason } = await endpoint.over;
  expect(code).toBe(endpoint.kind === 'websocket' ? 1008 : undefined);
  if (endpoint.kind === 'websocket') expect(reason).toMatch(SENTENCE);
}

/** Counts what the gateway holds for connections and for private connections to come. */
export function held({ chat }: TestGateway): Readonly<Record<string, number>> {
  return {
    connections: chat.connections.size,
    clients: chat.clients,
    endpoints: chat.endpoints.size,
    ids: chat.negotiation.liveIds,
    requests: chat.negotiation.pendingRequests,
  };
}

const FREED = { connections: 0, clients: 0, endpoints: 0, ids: 0, requests: 0 };

/** Resolves when the gateway holds this much, and nothing more. */
export async function untilHeld(gateway: TestGateway, wanted: Partial<typeof FREED> = {}): Promise<void> {
  await expect.poll(() => held(gateway), { interval: 1 }).toEqual({ ...FREED, ...wanted });
}

/** Collects the gateway's own end of each new connection, to see its backpressure; of all gateways of the room. */
export function watchStreams(gateway: TestGateway): ByteStream[] {
  const streams: ByteStream[] = [];
  for (const { chat } of nodesOf(gateway)) {
    const accept = chat.accept.bind(chat);
    chat.accept = (...connection) => {
      streams.push(connection[0]);
      return accept(...connection);
    };
  }
  return streams;
}

/** Gives each test of the surrounding `describe` its own gateway with all three listeners. */
export function useRelayRoom(limits: Partial<Limits> = {}): {
  readonly room: RelayRoom;
  readonly gateway: TestGateway;
} {
  let running: { readonly room: RelayRoom; readonly gateway: TestGateway } | undefined;
  const now = (): NonNullable<typeof running> => {
    if (!running) throw new Error('no test is running');
    return running;
  };
  beforeEach(async () => {
    const gateway = await startRoomGateway({ tcpLong64Port: 0 }, limits);
    running = { gateway, room: new RelayRoom(gateway) };
  });
  afterEach(async () => {
    running?.room.dropEveryone();
    await running?.gateway.stop();
  });
  return {
    get room() {
      return now().room;
    },
    get gateway() {
      return now().gateway;
    },
  };
}
