/** Credentials of a gateway for the servers of its cluster's engine, as one file holds them. */
import { readText } from './text-file.ts';

export type EngineCredentials =
  /** A `.creds` file of NATS, whole: a user's JWT and the seed of its key. */
  | { readonly kind: 'creds'; readonly text: string }
  /** Seed of a user's key (nkey), which never leaves this process. */
  | { readonly kind: 'nkey'; readonly seed: string }
  | { readonly kind: 'password'; readonly user: string; readonly password: string };

const CREDS =
  /-----BEGIN NATS USER JWT-----\s+\S+\s+-+END NATS USER JWT-+[^]*-----BEGIN USER NKEY SEED-----\s+SU\S+\s+-+END USER NKEY SEED-+/;
const SEED = /^SU[A-Z2-7]{56}$/;
const PASSWORD = /^([^\s:]+):(\S+)$/;

/** Reads them. Throws what {@link readText} throws, or an Error for a file that holds none. */
export function readEngineCredentials(path: string): EngineCredentials {
  const text = readText(path);
  if (CREDS.test(text)) return { kind: 'creds', text };
  const line = text.split('\n').map((one) => one.trim());
  const [first = ''] = line.filter((one) => one !== '' && !one.startsWith('#'));
  if (SEED.test(first)) return { kind: 'nkey', seed: first };
  const [, user, password] = PASSWORD.exec(first) ?? [];
  if (user !== undefined && password !== undefined) return { kind: 'password', user, password };
  throw new Error(
    'it is no .creds file of NATS, and its first line is neither the seed of a user’s nkey (SU…) nor USER:PASSWORD',
  );
}
