/** Access to the engine: how a node connects to it, by TLS or not, with which certificate and credentials. */
import { checkServerIdentity } from 'node:tls';
import {
  connect,
  credsAuthenticator,
  errors,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
  type Auth,
  type NatsConnection,
  type Server,
  type TlsOptions,
} from '@nats-io/transport-node';
import type { EngineCredentials } from '../../config/engine-credentials.ts';

/** Settings of the way to the servers. */
export interface TlsSettings {
  /** Addresses of the servers, `nats://host:port` or `tls://host:port`. */
  readonly servers: readonly string[];
  /** File of certificates that the servers' are checked by; null for those of the system. */
  readonly caFile: string | null;
  /** Gives the certificate by which the servers know this node, for each connection anew; null for none. */
  readonly certificate: (() => EngineCertificate) | null;
}

/** Terms on which a node reaches the engine. */
export interface AccessSettings extends TlsSettings {
  readonly room: string;
  /** Name of this node; a part of the subject that it writes to, so that its user may write to no other. */
  readonly node: string;
  /** Gives the credentials, for each connection anew; null for none. */
  readonly credentials: (() => EngineCredentials) | null;
}

/** Certificate of a node and its key, in PEM. */
export interface EngineCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Interval of pings, in ms, and how many may be unanswered before the connection counts as lost: after 1.5 s, so that a node whose
 * server is silent is at another one before the other nodes, who go on, take it for dead (after 2.5 s at the earliest).
 */
const PING_EVERY = 500;
const MAX_PINGS = 2;
/** Wait before the next server is tried, in ms. */
const RECONNECT_AFTER = 250;

const encoder = new TextEncoder();

/**
 * Connects to one of the servers; the connection comes back by itself. Rejects when none takes this node.
 * @param timeout of one attempt, in ms
 */
export function connectToEngine(settings: AccessSettings, timeout: number): Promise<NatsConnection> {
  const { servers, node, room, credentials } = settings;
  const tls = tlsOptions(settings);
  return connect({
    servers: [...servers],
    name: `chaton ${room} ${node}`,
    timeout,
    pingInterval: PING_EVERY,
    maxPingOut: MAX_PINGS,
    reconnectTimeWait: RECONNECT_AFTER,
    maxReconnectAttempts: -1,
    // The package begins with the server that it has just lost.
    reconnectToServer: longestUntried,
    // Servers that a proxy stands before would be gone round; and a user whose password changes may come back.
    ignoreClusterUpdates: true,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    // A node that asks the others is not asked itself.
    noEcho: true,
    ...tls,
    ...(credentials !== null && { authenticator: (nonce) => authenticate(credentials(), nonce) }),
  }).catch((error: unknown) => {
    throw new Error(explained(error as Error, tls.tls !== undefined), { cause: error });
  });
}

/** Message of a failure, with the setting that it may be about. */
function explained(error: Error, isSecure: boolean): string {
  // By TLS 1.3 a server refuses a certificate when the client takes itself for connected; the package then says nothing else.
  if (error instanceof errors.TimeoutError && isSecure)
    return `${error.message}; it may want another certificate of this gateway (--cluster-cert)`;
  // A flag of its own, which Node proposes, would be passed by whoever starts this.
  return error.message.replace(/; if the root CA .*/s, '; its authority has to be in --cluster-ca');
}

/** The server that was tried longest ago, or never. */
function longestUntried(servers: readonly Server[]): Server {
  return servers.reduce((one, other) => (other.lastConnect < one.lastConnect ? other : one));
}

/** Options for TLS; none where nothing asks for it. */
function tlsOptions({ servers, caFile, certificate }: TlsSettings): { tls?: TlsOptions } {
  // The client takes `tls://` for a mere name: without options it would speak in the clear where it is let.
  const isSecure = caFile ?? certificate ?? servers.some((server) => server.startsWith('tls://'));
  if (isSecure === false) return {};
  const usual = { ...(caFile !== null && { caFile }), checkServerIdentity: identityOf(servers) };
  if (certificate === null) return { tls: usual };
  // The client looks these up for each connection that it makes, `cert` before `key`.
  let last = certificate();
  const own = {
    get cert() {
      return (last = certificate()).cert;
    },
    get key() {
      return last.key;
    },
  };
  return { tls: Object.assign(own, usual) };
}

/**
 * Makes the check of a server's name: its certificate has to be for one of these servers. The package names none where an IP address is
 * dialled, and Node then asks whether it is for `localhost`.
 */
function identityOf(servers: readonly string[]): typeof checkServerIdentity {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[(.*)\]$/, '$1'));
  return (_name, certificate) => {
    const errors = hosts.map((host) => checkServerIdentity(host, certificate));
    return errors.includes(undefined) ? undefined : errors[0];
  };
}

/** Answers the challenge of a server. */
function authenticate(credentials: EngineCredentials, nonce?: string): Auth {
  switch (credentials.kind) {
    case 'creds':
      return credsAuthenticator(encoder.encode(credentials.text))(nonce);
    case 'nkey':
      return nkeyAuthenticator(encoder.encode(credentials.seed))(nonce);
    case 'password':
      return usernamePasswordAuthenticator(credentials.user, credentials.password)(nonce);
  }
}
