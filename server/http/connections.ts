/** Connections of HTTP: counted from the first moment, and told when there is no room for them. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { networkOf, plainAddress } from '../transport/address.ts';
import type { Admission, Refusal } from '../transport/admission.ts';
import type { Entrance } from '../transport/entrance.ts';

/** After how many seconds it is worth coming again. */
const RETRY_AFTER = 10;
/** How long, in ms, it may take from an upgrade to a WebSocket; nothing on the way waits for anything. */
const UPGRADE_TIME = 2_000;

const kAdmission = Symbol('admission');
const kNetwork = Symbol('network');
const kRefusal = Symbol('refusal');
const kDeadline = Symbol('deadline');

/** What is known of a connection, without a closure of its own. */
interface GuardedSocket extends Socket {
  /** Who counts it. */
  [kAdmission]?: Admission;
  /** The address it was let in under. */
  [kNetwork]?: string | undefined;
  [kRefusal]?: Refusal | undefined;
  /** Ends it, unless it becomes a WebSocket. */
  [kDeadline]?: NodeJS.Timeout;
}

/**
 * Counts the connections of a server. One too many is not cut off but answered 503, as long as there is room for that.
 * @param isTls whether requests come by another socket than the one that was accepted
 */
export function guardConnections(server: Server, { admission, proxies }: Entrance, isTls = false): void {
  const admit = (socket: GuardedSocket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    // Whom a proxy brings is known with the request.
    if (!proxies.has(address)) letIn(socket, networkOf(address), admission);
  };
  server.on('connection', (socket: GuardedSocket) => {
    const refusal = admission.enter();
    socket[kAdmission] = admission;
    socket.on('close', onGone);
    if (refusal && (isTls || admission.isCrammed)) {
      socket.destroy();
      return;
    }
    if (refusal) socket[kRefusal] = refusal;
    if (!isTls) admit(socket);
  });
  server.on('upgrade', expectWebSocket);
  if (!isTls) return;
  server.on('secureConnection', (socket: GuardedSocket) => {
    admit(socket);
    const network = socket[kNetwork];
    if (network !== undefined) socket.on('close', () => admission.release(network));
  });
}

/**
 * From its upgrade on nobody reads a connection, or notices its end, until it is a WebSocket. Some are answered no in a
 * way that leaves them so: an address that cannot be read, a request before it that has no answer yet.
 */
function expectWebSocket(_request: IncomingMessage, connection: Duplex): void {
  const socket = connection as GuardedSocket;
  socket[kDeadline] = setTimeout(() => socket.destroy(), UPGRADE_TIME).unref();
}

/** An upgraded connection lives on in another socket: what is known of it goes along. */
export function moveGuard(from: GuardedSocket, to: GuardedSocket): void {
  clearTimeout(from[kDeadline]);
  const admission = from[kAdmission];
  if (from === to || !admission) return;
  from.off('close', onGone);
  to[kAdmission] = admission;
  to[kNetwork] = from[kNetwork];
  to.on('close', onGone);
}

function onGone(this: GuardedSocket): void {
  const { [kAdmission]: admission, [kNetwork]: network } = this;
  admission?.leave();
  if (network !== undefined) admission?.release(network);
}

function letIn(socket: GuardedSocket, network: string, admission: Admission): Refusal | null {
  const refusal = admission.admit(network);
  if (refusal) socket[kRefusal] = refusal;
  else socket[kNetwork] = network;
  return refusal;
}

/** Answers 503 to a request on a connection that has no room here, and ends the connection; false when it has. */
export function turnAway(request: FastifyRequest, reply: FastifyReply): boolean {
  const refusal = (request.raw.socket as GuardedSocket)[kRefusal];
  if (refusal) sayNo(reply, refusal);
  return refusal !== undefined;
}

/** The same for an upgrade that came by a proxy, whose client is known only now. */
export function turnAwayClient(
  request: FastifyRequest,
  reply: FastifyReply,
  address: string,
  { admission, proxies }: Entrance,
): boolean {
  const socket = request.raw.socket as GuardedSocket;
  if (socket[kNetwork] !== undefined || proxies.has(address)) return false;
  const refusal = letIn(socket, networkOf(address), admission);
  if (refusal) sayNo(reply, refusal);
  return refusal !== null;
}

function sayNo(reply: FastifyReply, refusal: Refusal): void {
  void reply
    .code(503)
    .headers({ 'retry-after': RETRY_AFTER, connection: 'close' })
    .send({ error: `${refusal}; come again later` });
}
