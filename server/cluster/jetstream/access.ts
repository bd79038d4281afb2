/** Access to the engine: TLS, the certificate that a node shows, and its credentials. */
import {
  credsAuthenticator,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
  type Auth,
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

/** Certificate of a node and its key, in PEM. */
export interface EngineCertificate {
  readonly cert: string;
  readonly key: string;
}

const encoder = new TextEncoder();

/** Options for TLS; none where nothing asks for it. */
export function tlsOptions({ servers, caFile, certificate }: TlsSettings): { tls?: TlsOptions } {
  // The client takes `tls://` for a mere name: without options it would speak in the clear where it is let.
  const isSecure = caFile ?? certificate ?? servers.some((server) => server.startsWith('tls://'));
  if (isSecure === false) return {};
  const ca = caFile !== null && { caFile };
  if (certificate === null) return { tls: { ...ca } };
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
  return { tls: Object.assign(own, ca || {}) };
}

/** Answers the challenge of a server. */
export function authenticate(credentials: EngineCredentials, nonce?: string): Auth {
  switch (credentials.kind) {
    case 'creds':
      return credsAuthenticator(encoder.encode(credentials.text))(nonce);
    case 'nkey':
      return nkeyAuthenticator(encoder.encode(credentials.seed))(nonce);
    case 'password':
      return usernamePasswordAuthenticator(credentials.user, credentials.password)(nonce);
  }
}
