/** Engines with TLS: with a user for each node as in deploy/nats/cluster.conf, by a password or an nkey, and by certificates. */
import { connect, nkeys } from '@nats-io/transport-node';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkFiles, readEngineCertificate } from '../../../server/app/files.ts';
import { conflicts } from '../../../server/config/conflicts.ts';
import { ConfigError } from '../../../server/config/config.ts';
import { readEngineCredentials } from '../../../server/config/engine-credentials.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { Engine, pause } from '../support/engine.ts';
import { Taken } from '../support/taken.ts';
import { Member, type MemberOptions } from '../support/members.ts';
import { DEFAULT_CONFIG } from '../../support/defaults.ts';

const folder = mkdtempSync(join(tmpdir(), 'chaton-secured-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const nkey = nkeys.createUser();
/** A password that the engine does not know. */
const wrong = { kind: 'password', user: 'g1', password: 'x' } as const;
const deployed = readFileSync(new URL('../../../server/deploy/nats/cluster.conf', import.meta.url), 'utf8');
const users = deployed
  .slice(deployed.indexOf('authorization'))
  .replace('$ENGINE_PASSWORD_G1', 'secret1')
  // Somebody else's, on the same servers.
  .replace(
    'users: [',
    'users: [{ user: s, password: s, permissions: { publish: ["x.>"], subscribe: ["x.>", "_INBOX.>"] } }',
  )
  .replace('user: g2, password: $ENGINE_PASSWORD_G2', `nkey: ${nkey.getPublicKey()}`);
const { cert, key } = makeCertificate('localhost');
const caFile = file('ca.pem', cert);
const credentialsOf = {
  g1: file('g1', 'g1:secret1\n'),
  g2: file('g2', `# of g2\n${new TextDecoder().decode(nkey.getSeed())}\n`),
};

/** Certificates of clients: what a node shows, and what an engine that verifies them knows. */
const [known, renewed, stranger] = [makeCertificate('g1'), makeCertificate('g1'), makeCertificate('g1')];
const knownFile = file('known.pem', known.cert);

const taken = new Taken();
let secured: Engine;
let verifying: Engine;
let plain: Engine;
const members: Member[] = [];

/** Options of a node that is who it says. */
function as(node: 'g1' | 'g2', options: Partial<MemberOptions> = {}): MemberOptions {
  return {
    servers: [`tls://localhost:${secured.servers[0]!.port}`],
    node,
    replicas: 1,
    caFile,
    credentials: () => readEngineCredentials(credentialsOf[node]),
    ...options,
  };
}

const enter = async (options: MemberOptions) => {
  const member = await Member.join(options);
  members.push(member);
  return member;
};

/** The first line that a node logs of the engine, which it does not get into. */
async function complaint(options: MemberOptions): Promise<string> {
  const lines: string[] = [];
  const warn = (line: string) => void lines.push(line);
  const log = Member.make({ ...options, logger: { debug() {}, info() {}, warn, error: warn } as never });
  const joining = log.join({ onEntry() {}, onStalled() {}, onLost() {} }).catch(() => null);
  while (lines.length === 0) await pause();
  await log.close();
  await joining;
  return lines[0]!;
}

const start = (settings?: string) =>
  taken.take(Engine.start({ size: 1, ...(settings && { settings }) }), (engine) => engine.stop());
beforeAll(async () => {
  const files = `cert_file: "${caFile}", key_file: "${file('key.pem', key)}"`;
  [secured, verifying, plain] = await Promise.all([
    start(`tls { ${files} }\n${users}`),
    start(`tls { ${files}, ca_file: "${knownFile}", verify: true }`),
    start(),
  ]);
});
afterEach(() => Promise.all(members.splice(0).map((member) => member.log.close())));
afterAll(async () => {
  await taken.giveBack();
  rmSync(folder, { recursive: true });
});

describe('an engine with TLS and users', () => {
  it('takes each node by its own credentials, with no more rights than those of the guide', async () => {
    const [one, other] = [await enter(as('g1')), await enter(as('g2'))];
    expect([one.hasFounded, other.hasFounded]).toEqual([true, false]);
    one.say();
    other.say();
    for (const member of [one, other]) for (const writer of [one, other]) await member.hears(writer);
  });

  it('lets no node write in the name of another', async () => {
    const { credentials = null } = as('g1');
    expect(await complaint(as('g2', { credentials }))).toMatch(
      /Permissions Violation.*chaton\.main\.in\.g2/i,
    );
  });

  it('has nodes answer each other what was missed; nobody else may ask, or answer', async () => {
    await enter(as('g1'));
    const servers = [`tls://localhost:${secured.servers[0]!.port}`];
    const [node, stranger] = await Promise.all([
      connect({ servers, tls: { caFile }, user: 'g1', pass: 'secret1' }),
      connect({ servers, tls: { caFile }, user: 's', pass: 's' }),
    ]);
    try {
      const denied = new Promise((resolve) => {
        stranger.subscribe('chaton.main.missed', { queue: 'nodes', callback: resolve });
      });
      expect(String(await denied)).toMatch(/permissions violation/i);
      // It is in the log nowhere; what matters is that a node says so.
      expect((await node.request('chaton.main.missed', '0 0 0')).data.length).toBe(0);
      await expect(stranger.request('chaton.main.missed', '0 0 0')).rejects.toThrow(/permissions violation/i);
    } finally {
      await Promise.all([node.close(), stranger.close()]);
    }
  });

  it.each([
    ['a wrong password', { credentials: () => wrong }, /authorization/i],
    ['no credentials', { credentials: null }, /authorization/i],
    [
      'another authority',
      { caFile: file('other.pem', makeCertificate('localhost').cert) },
      /certificate.*--cluster-ca/,
    ],
    ['the authorities of the system', { caFile: null }, /certificate.*--cluster-ca$/],
  ] as const)('is not reached with %s, which is said', async (_what, options, line) => {
    expect(await complaint(as('g1', options))).toMatch(line);
  });

  it('is known by the address that it is reached by, with or without a name', async () => {
    const at = (host: string) => as('g1', { servers: [`tls://${host}:${secured.servers[0]!.port}`] });
    await enter(at('127.0.0.1'));
    // The same address, written as a name that the certificate does not have.
    expect(await complaint(at('127.1'))).toMatch(/not there yet: .*does not match/);
  });

  it.each([
    ['an address that begins with tls://', 'tls', null],
    ['an authority', 'nats', caFile],
  ] as const)('is insisted on with %s: a server without TLS is none', async (_what, scheme, authority) => {
    const servers = [`${scheme}://localhost:${plain.servers[0]!.port}`];
    const line = await complaint(as('g1', { servers, caFile: authority, credentials: null }));
    expect(line).toMatch(/not there yet: .*tls/);
  });
});

describe('an engine that verifies its clients', () => {
  /** A node that shows what is in these files now. */
  const showing = (clusterCert: string, clusterKey: string): MemberOptions => ({
    servers: [`nats://localhost:${verifying.servers[0]!.port}`],
    replicas: 1,
    caFile,
    certificate: () => readEngineCertificate({ ...DEFAULT_CONFIG, clusterCert, clusterKey })!,
  });

  it('takes a node by its certificate, and by the one that is in its files by the time that it comes back', async () => {
    const [certFile, keyFile] = [file('g1.pem', known.cert), file('g1.key', known.key)];
    const member = await enter(showing(certFile, keyFile));
    member.say();
    await member.hears(member);
    const [server] = verifying.servers;
    await server!.kill('SIGKILL');
    file('known.pem', renewed.cert);
    file('g1.pem', renewed.cert);
    file('g1.key', renewed.key);
    member.say();
    server!.start();
    await member.hears(member);
    file('known.pem', known.cert);
  });

  it.each([
    ['none', null],
    ['one that it does not know', stranger],
  ])('is not reached with %s, which is said', async (_what, pem) => {
    const options = showing(file('any.pem', pem?.cert ?? ''), file('any.key', pem?.key ?? ''));
    expect(await complaint(pem ? options : { ...options, certificate: null })).toMatch(/certificate/);
  });
});

describe('the files of the settings', () => {
  const secret = file('secret', 'a secret of all gateways');
  const config = { ...DEFAULT_CONFIG, cluster: ['nats://127.0.0.1'], clusterSecretFile: secret };

  it.each([
    [
      'clusterCredentialsFile',
      'neither',
      /^--cluster-credentials-file=\S+: .*no \.creds file.*USER:PASSWORD$/,
    ],
    ['clusterCredentialsFile', 'SUXXX', /^--cluster-credentials-file=\S+: .*seed of a user’s nkey/],
    ['clusterCa', 'no certificate', /^--cluster-ca=\S+: cannot be read: /],
  ])('%s with "%s" in it is refused in one line', async (setting, text, line) => {
    const check = () => checkFiles({ ...config, [setting]: file('wrong', text) });
    await expect(check).rejects.toThrow(ConfigError);
    await expect(check).rejects.toThrow(line);
  });

  it.each([
    [
      'no certificate',
      known.key,
      /^--cluster-cert and --cluster-key cannot be used: \S+ holds no certificate/,
    ],
    [
      stranger.cert,
      known.key,
      /^--cluster-cert and --cluster-key cannot be used: \S+ is not the key of \S+, or .*$/,
    ],
    [known.cert, 'no key', /^--cluster-cert and --cluster-key cannot be used: \S+ holds no private key/],
  ])(
    'of a certificate that cannot be used are refused in one line',
    async (certificate, privateKey, line) => {
      const clusterCert = file('wrong.pem', certificate);
      const check = () => checkFiles({ ...config, clusterCert, clusterKey: file('wrong.key', privateKey) });
      await expect(check).rejects.toThrow(ConfigError);
      await expect(check).rejects.toThrow(line);
      expect(conflicts({ ...config, clusterCert })).toContain(
        '--cluster-cert and --cluster-key need each other',
      );
    },
  );

  it('may hold each kind of credentials', async () => {
    for (const [name, clusterCredentialsFile] of Object.entries(credentialsOf)) {
      await checkFiles({ ...config, clusterCa: caFile, clusterCredentialsFile });
      expect(readEngineCredentials(clusterCredentialsFile).kind).toBe(name === 'g1' ? 'password' : 'nkey');
    }
    const creds = `-----BEGIN NATS USER JWT-----\neyJ0\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${new TextDecoder().decode(nkey.getSeed())}\n------END USER NKEY SEED------\n`;
    expect(readEngineCredentials(file('user.creds', creds)).kind).toBe('creds');
  });
});
