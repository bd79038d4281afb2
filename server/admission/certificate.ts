/** The certificate of the TLS listeners, read again while they run. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import { ConfigError } from '../config/config.ts';

/** How often, in ms, the files are looked at. Asking is sure where notices of the system are not: links, mounts. */
const CHECK_EVERY = 2_000;

/** Node's ciphers and curves are kept: they follow OpenSSL's view of what is still good. */
const MINIMUM = { minVersion: 'TLSv1.2' } as const;

/** What two files hold that belong together. */
interface Pair {
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** When the certificate expires, in ms since 1970. */
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
  /** What the files looked like when they were read last. */
  #seen = '';
  #pair: Pair;

  /**
   * Throws a ConfigError when the files cannot be read or do not belong together.
   * @param failures counts the times that new files were no good
   */
  constructor(
    certFile: string,
    keyFile: string,
    logger: Logger,
    lookEvery: number = CHECK_EVERY,
    failures?: { inc(): void },
  ) {
    this.#failures = failures;
    this.#certFile = certFile;
    this.#keyFile = keyFile;
    this.#logger = logger;
    this.#seen = this.#appearance();
    this.#pair = readCertificate(certFile, keyFile);
    this.#timer = setInterval(() => this.#look(), lookEvery).unref();
  }

  /** Cert and key as they are now, and what TLS is spoken with them. */
  get options(): SecureContextOptions {
    return this.#pair.options;
  }

  /** When it expires, in ms since 1970. */
  get notAfter(): number {
    return this.#pair.notAfter;
  }

  /** Told of each new certificate. */
  onChange(take: (options: SecureContextOptions) => void): void {
    this.#onChange.push(take);
  }

  /**
   * Reads the files again; connections that exist keep what they have. When the files are no good, as while one of the
   * two is already replaced, the certificate stays what it was.
   */
  reload(): void {
    try {
      // Before they are read: a change in between is then seen at the next look.
      this.#seen = this.#appearance();
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
   * Speaks TLS on an accepted connection.
   * @param protocols what may be spoken above, where the client asks for something (ALPN)
   */
  secure(socket: Socket, protocols?: string[]): TLSSocket {
    return new ServerTlsSocket(socket, this.#pair.context, protocols);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#appearance() !== this.#seen) this.reload();
  }

  /** Differs when a file was written or replaced. */
  #appearance(): string {
    const looks = [this.#certFile, this.#keyFile].map((file) => {
      try {
        const { ino, size, mtimeMs, ctimeMs } = statSync(file);
        return [ino, size, mtimeMs, ctimeMs].join(' ');
      } catch (error) {
        // That it is gone, or closed to us, is a change like any other: reading it says what is wrong.
        return (error as NodeJS.ErrnoException).code;
      }
    });
    return looks.join();
  }
}

/** The server's side of a TLS connection. It can be reset, which Node's own refuses. */
class ServerTlsSocket extends TLSSocket {
  readonly #below: Socket;

  constructor(below: Socket, secureContext: SecureContext, protocols?: string[]) {
    super(below, { isServer: true, secureContext, ...(protocols && { ALPNProtocols: protocols }) });
    this.#below = below;
  }

  override resetAndDestroy(): this {
    this.#below.resetAndDestroy();
    return this.destroy();
  }
}
