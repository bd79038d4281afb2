/** Makes real certificates: an ECDSA key, and a self-signed X.509 certificate, written in DER by hand. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Pem {
  readonly cert: string;
  readonly key: string;
}

/**
 * Makes a certificate for this name, also valid for `localhost` and 127.0.0.1.
 * @param issuerAt URL that it names for its issuer's, as those of public authorities do
 * @param years first and last year in which it is valid, two digits each
 */
export function makeCertificate(
  name: string,
  namedCurve: string = 'prime256v1',
  issuerAt?: string,
  [from, to]: readonly [from: string, to: string] = ['20', '49'],
): Pem {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const subject = sequence(set(sequence(COMMON_NAME, tagged(0x0c, Buffer.from(name)))));
  const validity = sequence(utcTime(`${from}0101000000Z`), utcTime(`${to}1231235959Z`));
  const altNames = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.of(127, 0, 0, 1)));
  const extension = (id: Buffer, content: Buffer) => sequence(id, tagged(0x04, content));
  const issuer = (url: string) => sequence(sequence(CA_ISSUERS, tagged(0x86, Buffer.from(url))));
  const extensions = tagged(
    0xa3,
    sequence(
      extension(SUBJECT_ALT_NAME, altNames),
      ...(issuerAt === undefined ? [] : [extension(INFO_ACCESS, issuer(issuerAt))]),
    ),
  );
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    subject,
    validity,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]));
  // No empty line: PEM would take all before it for headers.
  const base64 = sequence(body, algorithm, signature)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

// Object identifiers in DER.
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const INFO_ACCESS = Buffer.from('06082b06010505070101', 'hex');
const CA_ISSUERS = Buffer.from('06082b06010505073002', 'hex');

function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const head = length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);
const set = (part: Uint8Array): Buffer => tagged(0x31, part);
const integer = (bytes: Uint8Array): Buffer => tagged(0x02, bytes);
const utcTime = (text: string): Buffer => tagged(0x17, Buffer.from(text));
