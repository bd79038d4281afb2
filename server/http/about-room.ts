/** Answers `/room.json`: what a page tells people about this room before they are in it. */
import type { FastifyInstance } from 'fastify';
import type { AboutRoom, NativePorts } from '../../shared/protocol/about-room.ts';
import { parseHost } from '../config/kinds.ts';
import type { Config } from '../config/config.ts';

/** @param ports null until the listeners are there */
export function aboutRoom({ limits, advertise }: Config, ports: NativePorts | null): AboutRoom {
  const { history, historyAge, requestLifetime, idLifetime } = limits;
  const told = advertise === null ? null : parseHost(advertise);
  return {
    history: history > 0 ? { messages: history, age: historyAge } : null,
    native: told && ports && { host: told.host, ...mapped(ports, told.ports) },
    lifetimes: { request: requestLifetime, connectId: idLifetime },
  };
}

/** The ports as they are outside. TLS may also be ended by a proxy, so its port needs no listener here. */
function mapped(
  { tcp, tcpLong64, tcpTls }: NativePorts,
  [port, long64, secure]: readonly number[],
): NativePorts {
  return {
    tcp: tcp && (port ?? tcp),
    tcpLong64: tcpLong64 && (long64 ?? tcpLong64),
    tcpTls: secure ?? tcpTls,
  };
}

/** Adds the answer. It is asked for anew each time: the settings may be others after a restart. */
export function serveAboutRoom(app: FastifyInstance, about: () => AboutRoom): void {
  app.get('/room.json', (_request, reply) => reply.header('cache-control', 'no-store').send(about()));
}
