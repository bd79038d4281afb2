/** The certificate of the TLS listeners, read again while they run. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import { ConfigError } from '../config/config.ts';
import type { HandshakeOutcome } from '../transport/socket/socket-access.ts';
import { sockets } from '../transport/socket/sockets.ts';

/** Interval of the checks of the files, in ms. Polling works where file events do not: links, mounts. */
const CHECK_EVERY = 2_000;

/** Node's ciphers and curves are kept: they follow OpenSSL's view of what is still good. */
const MINIMUM = { minVersion: 'TLSv1.2' } as const;

/** Certificate and key that belong together, as the two files hold them. */
interface Pair {
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** Expiry of the certificate, in ms since 1970. */
  readonly notAfter: number;
}

/** Reads both files. Throws a ConfigError when they cannot be read or do not belong together. */
export function readCertificate(certFile: string, keyFile: string): Pair {
  try {
    return readPair(certFile, keyFile);
  } catch (error) {
    throw new ConfigError(`--tls-cert and --tls-key cannot be used: ${(error as Error).message}`);
  }
}

function readPair(certFile: string, keyFile: string): Pair {
  const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), ...MINIMUM };
  const context = createSecureContext(options);
  return { options, context, notAfter: Date.parse(new X509Certificate(options.cert).validTo) };
}

export class Certificate {
  readonly #certFile: string;
  readonly #keyFile: string;
  readonly #logger: Logger;
  readonly #failures: { inc(): void } | undefined;
  readonly #onChange: Array<(options: SecureContextOptions) => void> = [];
  readonly #timer: NodeJS.Timeout;
  /** The fingerprint of the files when they were read last. */
  #seen = '';
  #pair: Pair;

  /**
   * Throws a ConfigError when the files cannot be read or do not belong together.
   * @param failures counts reloads that failed
   */
  constructor(
    certFile: string,
    keyFile: string,
    logger: Logger,
    checkEvery: number = CHECK_EVERY,
    failures?: { inc(): void },
  ) {
    this.#failures = failures;
    this.#certFile = certFile;
    this.#keyFile = keyFile;
    this.#logger = logger;
    this.#seen = this.#fingerprint();
    this.#pair = readCertificate(certFile, keyFile);
    this.#timer = setInterval(() => this.#check(), checkEvery).unref();
  }

  /** Certificate and key as they are now, and the minimum version. */
  get options(): SecureContextOptions {
    return this.#pair.options;
  }

  /** Expiry of the certificate, in ms since 1970. */
  get notAfter(): number {
    return this.#pair.notAfter;
  }

  /** Calls back with each new certificate. */
  onChange(take: (options: SecureContextOptions) => void): void {
    this.#onChange.push(take);
  }

  /**
   * Reads the files again; connections that exist keep what they have. When the files are no good, as while one of the
   * two is already replaced, the certificate stays what it was.
   */
  reload(): void {
    try {
      // The fingerprint comes before the reading: a change in between is then seen at the next check.
      this.#seen = this.#fingerprint();
      this.#pair = readPair(this.#certFile, this.#keyFile);
    } catch (error) {
      this.#failures?.inc();
      this.#logger.warn(`the certificate stays as it was: ${(error as Error).message}`);
      return;
    }
    for (const take of this.#onChange) take(this.#pair.options);
    this.#logger.info('certificate read again');
  }

  /**
   * Begins the server's side of a TLS handshake on an accepted connection.
   * @param protocols what may be spoken above TLS, where the client offers something (ALPN, RFC 7301)
   */
  handshake(accepted: Socket, protocols: string[] | undefined, outcome: HandshakeOutcome): void {
    const { context, options } = this.#pair;
    sockets.handshake(accepted, { context, options, protocols }, outcome);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    if (this.#fingerprint() !== this.#seen) this.reload();
  }

  /** Fingerprint of the files, which differs when one was written or replaced. */
  #fingerprint(): string {
    const stats = [this.#certFile, this.#keyFile].map((file) => {
      try {
        const { ino, size, mtimeMs, ctimeMs } = statSync(file);
        return [ino, size, mtimeMs, ctimeMs].join(' ');
      } catch (error) {
        // That it is missing or unreadable is a change like any other: reading it tells what is wrong.
        return (error as NodeJS.ErrnoException).code;
      }
    });
    return stats.join();
  }
}
