/** Client of TLS 1.3 that writes records by hand behind its handshake, as no TLS library would (RFC 8446 §5, §7). */
import { createCipheriv, createHmac, type CipherGCM } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';

const APPLICATION_DATA = 23;
const HANDSHAKE = 22;
/** Message KeyUpdate, which asks for none in return (§4.6.3). */
const KEY_UPDATE = Buffer.of(24, 0, 0, 1, 0);

export class TlsRecords {
  /** The connection under TLS, for the bytes that {@link record} and {@link keyUpdate} make. */
  readonly under: Socket;
  #secret: Buffer;
  #key!: Buffer;
  #nonce!: Buffer;
  #count = 0n;

  private constructor(under: Socket, secret: Buffer) {
    this.under = under;
    this.#secret = secret;
    this.#deriveKeys();
  }

  /** Shakes hands with a server on this machine. */
  static async connect(port: number): Promise<TlsRecords> {
    const under = connectTcp({ port, host: '127.0.0.1', noDelay: true });
    await once(under, 'connect');
    const between = new Duplex({
      read() {
        under.resume();
      },
      write: (bytes: Buffer, _encoding, done) => under.write(bytes, done),
    });
    under.on('data', (bytes: Buffer) => between.push(bytes)).on('error', () => {});
    const client = connect({
      socket: between,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      ciphers: 'TLS_AES_128_GCM_SHA256',
    });
    let secret: Buffer | null = null;
    client
      .on('error', () => {})
      .on('keylog', (line) => {
        const [, hex] = /^CLIENT_TRAFFIC_SECRET_0 \w+ (\w+)/.exec(line.toString()) ?? [];
        if (hex !== undefined) secret = Buffer.from(hex, 'hex');
      });
    await once(client, 'secureConnect');
    return new TlsRecords(under, secret!);
  }

  /** The bytes of a record with this content. */
  record(content: Uint8Array, type: number = APPLICATION_DATA): Buffer {
    const head = Buffer.of(APPLICATION_DATA, 3, 3, 0, 0);
    head.writeUInt16BE(content.length + 1 + 16, 3);
    const nonce = Buffer.from(this.#nonce);
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.#count++, 4);
    const cipher: CipherGCM = createCipheriv('aes-128-gcm', this.#key, nonce).setAAD(head);
    const sealed = cipher.update(Buffer.concat([content, Buffer.of(type)]));
    cipher.final();
    return Buffer.concat([head, sealed, cipher.getAuthTag()]);
  }

  /** The bytes of a KeyUpdate; records behind it have the next key. */
  keyUpdate(): Buffer {
    const bytes = this.record(KEY_UPDATE, HANDSHAKE);
    this.#secret = expand(this.#secret, 'traffic upd', 32);
    this.#deriveKeys();
    return bytes;
  }

  #deriveKeys(): void {
    this.#key = expand(this.#secret, 'key', 16);
    this.#nonce = expand(this.#secret, 'iv', 12);
    this.#count = 0n;
  }
}

/** HKDF-Expand-Label without a context (§7.1), for at most 32 bytes. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, length, name.length), name, Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}
