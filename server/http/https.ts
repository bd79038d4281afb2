/** The same application over TLS: HTTPS and WSS. */
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Address } from '../ports.ts';
import type { Certificate } from '../transport/certificate.ts';
import type { Entrance } from '../transport/entrance.ts';
import { guardConnections } from './connections.ts';

export const HTTP_OPTIONS = {
  /** How often, in ms, it is looked whether a request takes too long to come. */
  connectionsCheckingInterval: 2_000,
  /** Any other Upgrade (curl's h2c, say) is an ordinary request. */
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
};

export interface HttpsListener {
  readonly address: AddressInfo;
  close(): Promise<void>;
  /** Ends what is left of connections, at once. */
  closeAllConnections(): void;
}

/** Listens for an application that is ready; its own server, which may not listen at all, does the work. */
export function listenHttps(
  app: FastifyInstance,
  where: Address,
  certificate: Certificate,
  entrance: Entrance,
): Promise<HttpsListener> {
  const server: Server = createServer({ ...certificate.options, ...HTTP_OPTIONS });
  const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = app.server;
  Object.assign(server, { requestTimeout, headersTimeout, keepAliveTimeout, timeout });
  guardConnections(server, entrance, true);
  for (const event of ['request', 'upgrade', 'checkContinue', 'clientError'])
    server.on(event, (...parts: unknown[]) => void app.server.emit(event, ...parts));
  certificate.onChange((options) => server.setSecureContext(options));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where }, () => {
      server.off('error', reject);
      resolve({
        address: server.address() as AddressInfo,
        close: () => new Promise((done) => server.close(() => done())),
        closeAllConnections: () => server.closeAllConnections(),
      });
    });
  });
}
