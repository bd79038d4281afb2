/** Who may use the operator's listener. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ConfigError, type Config } from '../config.ts';

/** Characters that a token has at least. */
const SHORTEST_TOKEN = 16;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

export function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Reads the token. Throws a ConfigError when there is none and one is needed, or the file is no good. */
export function readToken({ adminHost, adminTokenFile }: Config): string | null {
  if (adminTokenFile === null) {
    if (isLoopback(adminHost)) return null;
    throw new ConfigError(`--admin-host=${adminHost} is no loopback address: it needs --admin-token-file`);
  }
  let token: string;
  try {
    token = readFileSync(adminTokenFile, 'utf8').split('\n', 1)[0]!.trim();
  } catch (error) {
    throw new ConfigError(
      `--admin-token-file=${adminTokenFile}: cannot be read: ${(error as Error).message}`,
    );
  }
  if (token.length >= SHORTEST_TOKEN) return token;
  throw new ConfigError(
    `--admin-token-file=${adminTokenFile}: its first line must have at least ${SHORTEST_TOKEN} characters`,
  );
}

/**
 * Lets in who has the token, or, without one, who is on this machine and is no web page: a page in a browser on this
 * machine could reach this listener, too, by its own address or by a name that someone made mean it.
 */
export function guard(app: FastifyInstance, token: string | null): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (comesFromPage(request)) return void reply.code(403).send({ error: 'not for web pages' });
    if (token !== null && !bears(request, token))
      return void reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'the token is needed' });
    return done();
  });
}

function comesFromPage({ headers, hostname }: FastifyRequest): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return true;
  return (
    hostname !== 'localhost' &&
    isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 &&
    headers.authorization === undefined
  );
}

function bears(request: FastifyRequest, token: string): boolean {
  const [, given = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
