/**
 * Sockets by public interfaces of Node only. What is lost: every read and every write allocates; a connection
 * under TLS that ends without close_notify counts as ended (D21 asks for a break); a slow consumer is measured by whole
 * writes, and not by what the system takes of one; who ends a connection in the middle of a TLS handshake is noticed
 * when the handshake's time is over; a reset behind an end of writing is noticed by the next write; and what one turn reads
 * of a TLS connection is not bounded: KeyUpdates are seen once a second, as far as no content makes up for them.
 */
import type { Socket } from 'node:net';
import { createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import type { HandshakeOutcome, SocketAccess, TlsTerms } from './socket-access.ts';
import { TlsFlood, TlsInput } from './tls-input.ts';

/** Handshakes under way, by the addresses of their connection: a `tls.Server` does not tell which socket one is on. */
const handshakes = new Map<string, { readonly accepted: Socket; readonly outcome: HandshakeOutcome }>();

/** Servers that listen nowhere, by what they speak TLS with; the key is what they offer above it. */
const servers = new WeakMap<SecureContext, Map<string, Server>>();

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ');
}

function handshake(accepted: Socket, terms: TlsTerms, outcome: HandshakeOutcome): void {
  const ends = endsOf(accepted);
  handshakes.set(ends, { accepted, outcome });
  accepted.once('close', () => handshakes.delete(ends));
  serverFor(terms).emit('connection', accepted);
}

function serverFor({ context, options, protocols, pskCallback }: TlsTerms): Server {
  const known = servers.get(context) ?? new Map<string, Server>();
  servers.set(context, known);
  const key = String(protocols);
  const server =
    known.get(key) ??
    createServer({
      ...options,
      ...(protocols && { ALPNProtocols: protocols }),
      ...(pskCallback && { pskCallback }),
    });
  if (known.has(key)) return server;
  known.set(key, server);
  server.on('secureConnection', onSecure);
  server.on('tlsClientError', (error, socket) => handshakes.get(endsOf(socket))?.outcome.onFailure(error));
  return server;
}

function onSecure(socket: TLSSocket): void {
  const ends = endsOf(socket);
  const found = handshakes.get(ends);
  if (!found) {
    // It was closed meanwhile.
    socket.destroy();
    return;
  }
  handshakes.delete(ends);
  const { accepted, outcome } = found;
  // Node's own refuses to.
  socket.resetAndDestroy = () => {
    accepted.resetAndDestroy();
    return socket.destroy();
  };
  // Node leaves a connection open whose TLS breaks.
  socket.once('error', () => socket.destroy());
  boundInput(socket, accepted, outcome);
  outcome.onSecure(socket);
}

/** Ends a connection that brings far more than content, as a flood of KeyUpdates. */
function boundInput(socket: TLSSocket, accepted: Socket, outcome: HandshakeOutcome): void {
  if (socket.getProtocol() !== 'TLSv1.3') return;
  const input = new TlsInput(accepted, outcome);
  const reading = {
    readAgain() {},
    endIfWasteful() {
      input.countAtMost(socket.bytesRead);
      input.look();
      endIfSpent();
    },
  };
  const endIfSpent = () => {
    if (input.chargeWaste()) socket.destroy(new TlsFlood());
  };
  TlsInput.watch(reading);
  socket.once('close', () => {
    TlsInput.unwatch(reading);
    input.countAtMost(socket.bytesRead);
    input.lookAtLast();
    endIfSpent();
  });
}

export const publicAccess: SocketAccess = {
  detectsTruncation: false,
  reader: () => (accepted) => accepted,
  resume: (socket) => void socket.resume(),
  openDescriptor: () => -1,
  isOpen: (socket) => !socket.destroyed,
  copiesWrites: () => false,
  writeNow: (_descriptor, bytes) => bytes,
  isReset: () => false,
  bytesTaken: (socket) => socket.bytesWritten - socket.writableLength,
  onTruncated() {},
  handshake,
};
