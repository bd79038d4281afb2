import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectPlain, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkFiles } from '../../server/app/files.ts';
import { ConfigError } from '../../server/config/config.ts';
import { Certificate, readCertificate } from '../../server/admission/certificate.ts';
import { own } from '../../server/transport/socket/owned-socket.ts';
import { sockets } from '../../server/transport/socket/sockets.ts';
import { makeCertificate, type Pem } from '../support/certificate.ts';
import { DEFAULT_CONFIG } from '../support/defaults.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ACCEPTED, idPrivate, login, message, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { RawTcpConnection, connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';

interface Files {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

function makeFiles(): Files {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-tls-'));
  return { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') };
}

/** A key that needs a passphrase, in either form. */
function encrypted(type: 'pkcs8' | 'sec1'): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type, format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }).toString();
}

const first = makeCertificate('first.example');
const second = makeCertificate('second.example');
const files = makeFiles();

/** Replaces both files, each atomically, as tools that renew certificates do. */
function install(files: Files, { cert, key }: Pem): void {
  for (const [path, text] of [
    [files.tlsKey, key],
    [files.tlsCert, cert],
  ] as const) {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
}

let gateway: TestGateway;

beforeAll(async () => {
  install(files, first);
  gateway = await startTestGateway({ ...files, tlsTcpPort: 0, httpsPort: 0 });
});

afterAll(() => gateway.stop());

async function connectTls(ca: Pem): Promise<{ socket: TLSSocket; peer: RawConnection }> {
  const { host, port } = gateway.addresses.tcpTls!;
  // The options are a variable, since the types of `connect` lack `allowHalfOpen`.
  const options = { host, port, ca: ca.cert, servername: 'localhost', allowHalfOpen: true };
  const socket = connect(options);
  await once(socket, 'secureConnect');
  return { socket, peer: new RawTcpConnection(socket) };
}

function connectWss(ca: Pem): Promise<RawConnection> {
  const { port } = gateway.addresses.https!;
  return connectRawWebSocket(`wss://localhost:${port}/ws`, ['chaton.v1'], { ca: ca.cert, family: 4 });
}

async function enter(peer: RawConnection, name: string): Promise<void> {
  peer.send(login(name));
  await peer.expect(ACCEPTED);
}

describe('TLS', () => {
  it('carries one room: native over TLS, WebSocket over TLS, and the plain ports beside them', async () => {
    const { peer: alice } = await connectTls(first);
    const bob = await connectWss(first);
    const carol = await connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
    const everyone = [alice, bob, carol];
    for (const [index, peer] of everyone.entries()) await enter(peer, `user${index}`);
    for (const [index, peer] of everyone.entries()) {
      peer.send(message(`user${index}`, 'hello'));
      for (const each of everyone) await each.expect(message(`user${index}`, 'hello'));
    }
    // A client that ends with FIN gets everything it is due (D9).
    alice.send(message('user0', 'bye'));
    alice.end();
    for (const each of everyone) await each.expect(message('user0', 'bye'));
    await alice.expectClose();
    for (const peer of [bob, carol]) peer.reset();
  });

  it('D21: one side of a private connection that breaks resets the other, which is TLS', async () => {
    const names = ['requester', 'target'] as const;
    const plain = () => connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
    const [requester, target] = [await plain(), await plain()];
    await enter(requester, names[0]);
    await enter(target, names[1]);
    requester.send(requestPrivate(...names));
    await target.expect(requestPrivate(...names));
    target.send(okPrivate(...names));
    const granted = await requester.read(idPrivate(...names, 0).length / 2);
    const present = `09${granted.slice(-8)}`;
    const [endpoint, { socket, peer: secureEndpoint }] = [await plain(), await connectTls(first)];
    endpoint.send(present);
    secureEndpoint.send(present + '6869');
    await endpoint.expect('0a6869');
    await secureEndpoint.expect('0a');
    const failed = once(socket, 'error');
    endpoint.reset();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
    for (const peer of [requester, target]) peer.reset();
  });

  it('serves the page over https, with the same headers', async () => {
    const { port } = gateway.addresses.https!;
    const { get } = await import('node:https');
    const [response] = (await once(
      get({ host: '127.0.0.1', port, path: '/', ca: first.cert, servername: 'localhost' }),
      'response',
    )) as [import('node:http').IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('refuses what is older than TLS 1.2', async () => {
    const { host, port } = gateway.addresses.tcpTls!;
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const socket = connect({ host, port, rejectUnauthorized: false, ...old });
    await expect(once(socket, 'secureConnect')).rejects.toThrow(
      /alert protocol version|unsupported|wrong version/i,
    );
  });

  it('a connection that does not speak TLS, or breaks in the middle of it, is ended and hurts nobody', async () => {
    const { host, port } = gateway.addresses.tcpTls!;
    const plain = await connectRawTcp(host, port);
    plain.send(login('plain'));
    await plain.readToEnd();
    const broken = await connectRawTcp(host, port);
    broken.send('160301');
    broken.reset();
    const { peer, socket } = await connectTls(first);
    await enter(peer, 'after');
    socket.destroy();
  });

  // Public interfaces of Node tell such an end from none by the next write.
  it.skipIf(!sockets.detectsTruncation)('who resets right behind a request is gone at once', async () => {
    const { options } = readCertificate(files.tlsCert, files.tlsKey);
    const context = createSecureContext(options);
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const gone = new Promise<string[]>((resolve) => {
      const seen: string[] = [];
      const onSecure = (socket: TLSSocket) => {
        own(socket, {
          onRead: (bytes) => void seen.push(bytes.toString()),
          onReadEnd: () => void seen.push('end'),
          onBroken: (reason) => void seen.push(reason),
          onClosed: () => resolve([...seen, 'closed']),
        });
        sockets.resume(socket);
        // It never completes when the tickets, which come before it, met the reset.
        setImmediate(() => socket.write('answer'));
      };
      listener.once('connection', (accepted: Socket) =>
        sockets.handshake(
          accepted,
          { context, options, protocols: undefined },
          { onSecure, onFailure: () => {} },
        ),
      );
    });
    const under = connectPlain((listener.address() as AddressInfo).port, '127.0.0.1');
    const client = connect({ socket: under, rejectUnauthorized: false });
    for (const socket of [under, client]) socket.on('error', () => {});
    await once(client, 'secureConnect');
    client.write('request');
    under.resetAndDestroy();
    expect(await gone).toEqual(['request', 'end', 'closed']);
    listener.close();
  });

  it('a replaced certificate is what new connections see, and the old ones live on', async () => {
    const { peer: old, socket: oldSocket } = await connectTls(first);
    const oldPage = await connectWss(first);
    await enter(old, 'old');
    await enter(oldPage, 'old page');
    install(files, second);
    gateway.reload();
    const { peer, socket } = await connectTls(second);
    const page = await connectWss(second);
    expect(socket.getPeerCertificate().subject.CN).toBe('second.example');
    await enter(peer, 'new');
    await enter(page, 'new page');
    peer.send(message('new', 'one room'));
    for (const each of [old, oldPage, peer, page]) await each.expect(message('new', 'one room'));
    for (const each of [oldPage, page]) each.reset();
    for (const each of [oldSocket, socket]) each.destroy();
  });
});

describe('the files', () => {
  it('are read again by themselves when they change; while they do not belong together nothing changes', async () => {
    const files = makeFiles();
    install(files, first);
    const warnings: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) });
    const certificate = new Certificate(files.tlsCert, files.tlsKey, logger, 5);
    try {
      writeFileSync(files.tlsCert, second.cert);
      await expect.poll(() => warnings.join('')).toContain('the certificate stays as it was');
      expect(certificate.options.cert?.toString()).toBe(first.cert);
      writeFileSync(files.tlsKey, second.key);
      await expect.poll(() => certificate.options.cert?.toString()).toBe(second.cert);
    } finally {
      certificate.close();
    }
  });

  it('say whom they are for and when they expire; read again unchanged, the log says that they are', () => {
    const files = makeFiles();
    install(files, first);
    const lines: object[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as object) });
    let failures = 0;
    const certificate = new Certificate(files.tlsCert, files.tlsKey, logger, undefined, {
      inc: () => failures++,
    });
    const about = (name: string) => ({
      subject: `CN=${name}`,
      names: 'DNS:localhost, IP Address:127.0.0.1',
      notAfter: '2049-12-31T23:59:59.000Z',
    });
    try {
      certificate.reload();
      // The same in new files, as a deploy hook leaves them that was run again.
      install(files, first);
      certificate.reload();
      install(files, second);
      certificate.reload();
      writeFileSync(files.tlsKey, first.key);
      certificate.reload();
    } finally {
      certificate.close();
    }
    expect(lines).toMatchObject([
      { msg: 'certificate in use', ...about('first.example') },
      { msg: 'certificate unchanged', ...about('first.example') },
      { msg: 'certificate unchanged', ...about('first.example') },
      { msg: 'certificate read again', ...about('second.example') },
      {
        msg: expect.stringMatching(/^the certificate stays as it was: /) as string,
        ...about('second.example'),
      },
    ]);
    expect(failures).toBe(1);
  });

  it.each(['tlsCert', 'tlsKey'] as const)('that hold nothing of use are named: %s', (which) => {
    const files = makeFiles();
    install(files, first);
    writeFileSync(files[which], 'garbage');
    expect(() => readCertificate(files.tlsCert, files.tlsKey)).toThrow(`${files[which]} holds no `);
  });

  it.each([
    [
      'a certificate in DER',
      'tlsCert',
      () => new X509Certificate(first.cert).raw,
      / holds no certificate in PEM/,
    ],
    ['a key with a passphrase', 'tlsKey', () => encrypted('pkcs8'), / is encrypted: write it without/],
    ['one of the older form', 'tlsKey', () => encrypted('sec1'), / is encrypted: write it without/],
    ['the key of another', 'tlsKey', () => second.key, / is not the key of /],
    ['a chain in the wrong order', 'tlsCert', () => second.cert + first.cert, / does not come first there$/],
  ] as const)('that cannot be used, as %s, are named', (_title, which, content, words) => {
    const files = makeFiles();
    install(files, first);
    writeFileSync(files[which], content());
    const read = () => readCertificate(files.tlsCert, files.tlsKey);
    expect(read).toThrow(words);
    expect(read).toThrow(files[which]);
    rmSync(files[which]);
    mkdirSync(files[which]);
    expect(read).toThrow(`${files[which]} is a directory`);
  });

  it('that are replaced one a moment after the other are no failure, and raise no alert', () => {
    vi.useFakeTimers();
    const files = makeFiles();
    install(files, first);
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
    let failures = 0;
    const certificate = new Certificate(files.tlsCert, files.tlsKey, logger, 5, { inc: () => failures++ });
    try {
      // One check comes between the two.
      install(files, { ...first, cert: second.cert });
      vi.advanceTimersByTime(5);
      expect(certificate.options.cert?.toString()).toBe(first.cert);
      install(files, second);
      vi.advanceTimersByTime(5);
      expect(certificate.options.cert?.toString()).toBe(second.cert);
      expect([failures, lines.join('').includes('stays as it was')]).toEqual([0, false]);
      // Two checks find the same.
      install(files, { ...first, cert: second.cert });
      vi.advanceTimersByTime(10);
      expect([failures, lines.join('').includes('stays as it was')]).toEqual([1, true]);
      vi.advanceTimersByTime(100);
      expect(failures).toBe(1);
    } finally {
      certificate.close();
      vi.useRealTimers();
    }
  });

  it('that have expired are a warning', () => {
    vi.useFakeTimers({ now: Date.UTC(2051, 0) });
    const files = makeFiles();
    install(files, first);
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const certificate = new Certificate(files.tlsCert, files.tlsKey, logger);
    const expired = () =>
      lines.filter((line) => line.includes('the certificate has expired: clients reject it'));
    try {
      expect(expired()).toHaveLength(1);
      // The clock was wrong, and is set back; what it said then holds up no warning.
      for (const [now, count] of [
        [Date.UTC(2049, 1), 1],
        [Date.UTC(2050, 1), 2],
      ] as const) {
        vi.setSystemTime(now);
        vi.advanceTimersByTime(2_000);
        expect(expired()).toHaveLength(count);
      }
    } finally {
      certificate.close();
      vi.useRealTimers();
    }
  });

  it('of a public authority are a warning without the chain, at the start and by --print-config', async () => {
    const alone = makeCertificate('chat.example.org', undefined, 'http://ca.example.org/issuer.der');
    const files = makeFiles();
    for (const [cert, warnings] of [
      [alone.cert, [expect.stringContaining('the certificate is alone in its file')]],
      [alone.cert + first.cert, []],
      [first.cert, []],
    ] as const) {
      install(files, { ...(cert === first.cert ? first : alone), cert });
      const lines: string[] = [];
      const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
      new Certificate(files.tlsCert, files.tlsKey, logger).close();
      expect(lines).toEqual(warnings);
      expect(await checkFiles({ ...DEFAULT_CONFIG, ...files })).toEqual(warnings);
    }
  });

  it('that expire soon, and then do, are a warning each day, until they are renewed', () => {
    const day = 24 * 60 * 60 * 1000;
    vi.useFakeTimers({ now: Date.UTC(2049, 11, 23) });
    const files = makeFiles();
    install(files, first);
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
    const certificate = new Certificate(files.tlsCert, files.tlsKey, logger, 60 * 60 * 1000);
    const warnings = () =>
      ['expires soon', 'has expired'].map((words) => lines.filter((line) => line.includes(words)).length);
    try {
      vi.advanceTimersByTime(1.5 * day);
      expect(warnings()).toEqual([0, 0]);
      vi.advanceTimersByTime(day);
      expect(warnings()).toEqual([1, 0]);
      vi.advanceTimersByTime(6 * day);
      expect(warnings()).toEqual([7, 0]);
      // It expires at midnight.
      vi.advanceTimersByTime(2 * day);
      expect(warnings()).toEqual([7, 2]);
      // The other one has expired as well.
      install(files, second);
      vi.advanceTimersByTime(day / 2);
      expect([warnings(), lines.at(-1)]).toEqual([[7, 3], expect.stringContaining('second.example')]);
    } finally {
      certificate.close();
      vi.useRealTimers();
    }
  });

  it('of a time that is over, or has not begun, leave the one in use; what has begun since is taken by itself', () => {
    vi.useFakeTimers({ now: Date.UTC(2030, 0) });
    const files = makeFiles();
    install(files, first);
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
    let failures = 0;
    const count = { inc: () => failures++ };
    const certificate = new Certificate(files.tlsCert, files.tlsKey, logger, 2_000, count);
    const [over, early] = (['20', '31'] as const).map((year) =>
      makeCertificate('other.example', undefined, undefined, [year, year]),
    ) as [Pem, Pem];
    try {
      for (const [other, words] of [
        [over, 'has expired'],
        [early, 'is not valid yet'],
      ] as const) {
        install(files, other);
        certificate.reload();
        expect(certificate.options.cert?.toString()).toBe(first.cert);
        expect(lines.at(-1)).toMatch(new RegExp(`the certificate stays as it was: .*${words}`));
      }
      expect(failures).toBe(2);
      vi.setSystemTime(Date.UTC(2031, 0, 2));
      vi.advanceTimersByTime(2_000);
      expect(certificate.options.cert?.toString()).toBe(early.cert);
      expect(failures).toBe(2);
      // Where the one in use is no good either, what the files hold is taken.
      vi.setSystemTime(Date.UTC(2033, 0));
      install(files, over);
      certificate.reload();
      expect(certificate.options.cert?.toString()).toBe(over.cert);
    } finally {
      certificate.close();
      vi.useRealTimers();
    }
  });

  it('that are no good stop the start', async () => {
    const files = makeFiles();
    install(files, first);
    writeFileSync(files.tlsKey, second.key);
    await expect(startTestGateway({ ...files, httpsPort: 0 })).rejects.toThrow(ConfigError);
    await expect(startTestGateway({ ...files, tlsCert: '/nowhere', httpsPort: 0 })).rejects.toThrow(/ENOENT/);
    for (const curve of ['secp224r1', 'secp256k1']) {
      install(files, makeCertificate('localhost', curve));
      await expect(startTestGateway({ ...files, httpsPort: 0 })).rejects.toThrow(/key that TLS cannot use/);
    }
  });

  it('may be out of reach for a time: that is a warning and a count, and nobody’s end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chaton-tls-gone-'));
    const files = { tlsCert: join(folder, 'inner', 'cert.pem'), tlsKey: join(folder, 'inner', 'key.pem') };
    mkdirSync(join(folder, 'inner'));
    install(files, first);
    const warnings: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void warnings.push(line) });
    let failures = 0;
    const count = { inc: () => failures++ };
    const certificate = new Certificate(files.tlsCert, files.tlsKey, logger, 5, count);
    try {
      renameSync(join(folder, 'inner'), join(folder, 'away'));
      writeFileSync(join(folder, 'inner'), 'a file where the folder was');
      await expect.poll(() => warnings.join('')).toContain('ENOTDIR');
      expect(failures).toBeGreaterThan(0);
      rmSync(join(folder, 'inner'));
      renameSync(join(folder, 'away'), join(folder, 'inner'));
      await expect.poll(() => warnings.join('')).toContain('certificate unchanged');
    } finally {
      certificate.close();
    }
  });
});
