/** The certificate of the TLS listeners, read again while they run. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import { ConfigError } from '../config/config.ts';
import { readBytes } from '../config/text-file.ts';
import type { HandshakeOutcome } from '../transport/socket/socket-access.ts';
import { sockets } from '../transport/socket/sockets.ts';

/** Interval of the checks of the files, in ms. Polling works where file events do not: links, mounts. */
const CHECK_EVERY = 2_000;

const DAY = 24 * 60 * 60 * 1000;
/** Time before the expiry, in ms, from which on the log warns of it each day; of a short life it is a quarter. */
const NEAR = 7 * DAY;

/** First line of a key that needs a passphrase, or the header of one in the older form. */
const ENCRYPTED = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** Curves of ECDSA that a certificate may have in TLS 1.3 (RFC 8446 §4.2.3, RFC 8734). */
const CURVES = /^(?:prime256v1|secp384r1|secp521r1|brainpoolP(?:256|384|512)r1)$/;

/** Minimum version of TLS. Node's ciphers and curves are kept: they follow OpenSSL's view of what is still good. */
const MINIMUM = { minVersion: 'TLSv1.2' } as const;

/** Certificate and key that belong together, as the two files hold them. */
interface Pair {
  readonly options: SecureContextOptions & { readonly cert: Buffer; readonly key: Buffer };
  readonly context: SecureContext;
  /** Validity of the certificate, in ms since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** True when the certificate is alone in its file, and says where its issuer's is to be had, as those of public authorities do. */
  readonly lacksChain: boolean;
  /** Fields of the lines about it: whom it is for, and when it expires. */
  readonly about: { readonly subject: string; readonly names: string; readonly notAfter: string };
}

/**
 * Reads both files. Throws a ConfigError when they cannot be read or do not belong together.
 * @param flags that name the files
 */
export function readCertificate(
  certFile: string,
  keyFile: string,
  flags: string = '--tls-cert and --tls-key',
): Pair {
  try {
    return readPair(certFile, keyFile);
  } catch (error) {
    throw new ConfigError(`${flags} cannot be used: ${explained(error as Error)}`);
  }
}

/** Message of a failure; of one for want of permission with what certbot's files need. */
function explained({ message, code }: NodeJS.ErrnoException): string {
  if (code !== 'EACCES') return message;
  const user = process.getuid?.();
  return (
    `${message}: user ${user ?? 'of this process'} may not read it; ` +
    'for files of certbot see “Certificates of certbot” in server/deploy/README.md'
  );
}

function readPair(certFile: string, keyFile: string): Pair {
  const [cert, key] = [readBytes(certFile), readBytes(keyFile)];
  const options = { cert, key, ...MINIMUM };
  const certificate = inFile(certFile, 'certificate', () => new X509Certificate(cert));
  // Binary ones (DER) can be read, but not be used.
  inFile(certFile, 'certificate in PEM that can be used', () => createSecureContext({ cert }));
  // OpenSSL's words for it, "interrupted or cancelled", are of the passphrase that it would ask for.
  if (ENCRYPTED.test(key.toString('latin1')))
    throw new Error(
      `${keyFile} is encrypted: write it without its passphrase, by openssl pkey -in FILE -out FILE`,
    );
  const privateKey = inFile(keyFile, 'private key that can be read', () => createPrivateKey(key));
  if (!canSign(privateKey))
    throw new Error(
      `${keyFile} holds a key that TLS cannot use: RSA, Ed25519, or ECDSA on P-256 or P-384 can be`,
    );
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(
      `${keyFile} is not the key of ${certFile}, or the certificate that it is for does not come first there`,
    );
  const context = createSecureContext(options);
  const [notBefore, notAfter] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const about = {
    // Either may be missing, whatever the types say.
    subject: ((certificate.subject as string | undefined) ?? '').replaceAll('\n', ', '),
    names: certificate.subjectAltName ?? '',
    notAfter: new Date(notAfter).toISOString(),
  };
  const isAlone = cert.toString('latin1').match(/^-----BEGIN .*CERTIFICATE-----/gm)?.length === 1;
  const lacksChain = isAlone && /^CA Issuers/m.test(certificate.infoAccess ?? '');
  return { options, context, notBefore, notAfter, lacksChain, about };
}

/** Tells whether TLS has a signature for a key. Without one each handshake fails, of which OpenSSL says nothing before. */
function canSign({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  return type === 'ec' ? CURVES.test(details?.namedCurve ?? '') : type !== 'dsa';
}

/** Returns what is read from a file; a failure names the file, which OpenSSL's own words do not. */
function inFile<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file} holds no ${what} (${(error as Error).message})`, { cause: error });
  }
}

function areSame(one: Pair, { options: { cert, key } }: Pair): boolean {
  return one.options.cert.equals(cert) && one.options.key.equals(key);
}

/** Verdict about the dates of a certificate. */
type Dates = 'good' | 'early' | 'near' | 'over';

/** Lines about what clients reject a certificate for, or soon will. */
const DOUBTS = {
  over: { level: 'warn', text: 'the certificate has expired: clients reject it' },
  early: { level: 'warn', text: 'the certificate is not valid yet: clients reject it; is the clock right?' },
  near: { level: 'warn', text: 'the certificate expires soon: clients will reject it' },
  alone: {
    level: 'warn',
    text: 'the certificate is alone in its file: unless its issuer is a root, many clients reject it (certbot’s fullchain.pem has the chain)',
  },
} as const;

/** Reasons for which clients reject a certificate that can be used, or soon will; at this time, in ms since 1970. */
export function doubtsAbout(pair: Pair, now: number = Date.now()): string[] {
  const dates = datesAt(now, pair);
  return [...(dates === 'good' ? [] : [DOUBTS[dates].text]), ...(pair.lacksChain ? [DOUBTS.alone.text] : [])];
}

/** Judges the dates of a certificate at this time, in ms since 1970. */
function datesAt(now: number, { notBefore, notAfter }: Pair): Dates {
  if (now > notAfter) return 'over';
  if (now < notBefore) return 'early';
  return now >= notAfter - Math.min(NEAR, (notAfter - notBefore) / 4) ? 'near' : 'good';
}

/** Tells whether clients reject a certificate for its dates. */
function isRejected(dates: Dates): dates is 'early' | 'over' {
  return dates === 'early' || dates === 'over';
}

export class Certificate {
  readonly #certFile: string;
  readonly #keyFile: string;
  readonly #logger: Logger;
  readonly #failures: { inc(): void } | undefined;
  readonly #timer: NodeJS.Timeout;
  /** The fingerprint of the files when they were read last. */
  #seen = '';
  /** True when the files that were read last cannot be used, which is not reported yet. */
  #isDoubtful = false;
  /** Time, in ms since 1970, from which on the certificate in the files is valid that is not in use for being too early. */
  #validFrom = Infinity;
  /** Last verdict about the dates of the certificate in use, and when it was given, in ms since 1970. */
  #judged: { readonly dates: Dates; readonly at: number } = { dates: 'good', at: 0 };
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
    logger.info(this.#pair.about, 'certificate in use');
    this.#warn();
    this.#timer = setInterval(() => {
      this.#check();
      this.#warn();
    }, checkEvery).unref();
  }

  /** Certificate and key as they are now, and the minimum version. */
  get options(): SecureContextOptions {
    return this.#pair.options;
  }

  /** Expiry of the certificate, in ms since 1970. */
  get notAfter(): number {
    return this.#pair.notAfter;
  }

  /**
   * Reads the files again; connections that exist keep what they have. When the files are no good, or clients would reject
   * what they hold for its dates, and not what is in use, the certificate stays what it was. When they are what is in use
   * already, the log says so: what was renewed is somewhere else then.
   */
  reload(): void {
    const failure = this.#read();
    if (failure !== null) this.#fail(failure);
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
    const hasChanged = this.#fingerprint() !== this.#seen;
    if (!hasChanged && !this.#isDoubtful && Date.now() < this.#validFrom) return;
    const failure = this.#read();
    // One of the two may be replaced a moment before the other: what does not fit together is read once more.
    if (failure !== null && this.#isDoubtful) this.#fail(failure);
    else this.#isDoubtful = failure !== null;
  }

  /** Reads the files, and takes what they hold into use; an error when it cannot be used. */
  #read(): Error | null {
    const before = this.#pair;
    const now = Date.now();
    this.#validFrom = Infinity;
    try {
      // The fingerprint comes before the reading: a change in between is then seen at the next check.
      this.#seen = this.#fingerprint();
      const pair = readPair(this.#certFile, this.#keyFile);
      const dates = datesAt(now, pair);
      if (dates === 'early') this.#validFrom = pair.notBefore;
      if (isRejected(dates) && !isRejected(datesAt(now, before)))
        throw new Error(`${this.#certFile}: ${DOUBTS[dates].text}`);
      this.#pair = pair;
    } catch (error) {
      return error as Error;
    }
    this.#isDoubtful = false;
    const { about } = this.#pair;
    if (areSame(before, this.#pair)) {
      this.#logger.info(about, 'certificate unchanged');
      return null;
    }
    this.#logger.info(about, 'certificate read again');
    this.#judged = { dates: 'good', at: 0 };
    this.#warn();
    return null;
  }

  #fail(error: Error): void {
    this.#isDoubtful = false;
    this.#failures?.inc();
    this.#logger.warn(this.#pair.about, `the certificate stays as it was: ${explained(error)}`);
  }

  /** Warns of what clients reject the certificate for, or soon will: each day anew. */
  #warn(): void {
    const { about } = this.#pair;
    const now = Date.now();
    const dates = datesAt(now, this.#pair);
    // The clock may have been wrong, and be set back.
    if (dates === this.#judged.dates && Math.abs(now - this.#judged.at) < DAY) return;
    this.#judged = { dates, at: now };
    for (const doubt of doubtsAbout(this.#pair, now)) this.#logger.warn(about, doubt);
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
