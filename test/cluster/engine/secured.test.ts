/** An engine with TLS and a user for each node: the users of deploy/nats/cluster.conf, by a password, and one by an nkey. */
import { nkeys } from '@nats-io/transport-node';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkFiles } from '../../../server/app/files.ts';
import { ConfigError, DEFAULT_CONFIG } from '../../../server/config/config.ts';
import { readEngineCredentials } from '../../../server/config/engine-credentials.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { Engine, pause } from '../support/engine.ts';
import { Member, type MemberOptions } from '../support/members.ts';

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
  .replace('user: g2, password: $ENGINE_PASSWORD_G2', `nkey: ${nkey.getPublicKey()}`);
const { cert, key } = makeCertificate('localhost');
const caFile = file('ca.pem', cert);
const credentialsOf = {
  g1: file('g1', 'g1:secret1\n'),
  g2: file('g2', `# of g2\n${new TextDecoder().decode(nkey.getSeed())}\n`),
};

let secured: Engine;
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

beforeAll(async () => {
  const tls = `tls { cert_file: "${caFile}", key_file: "${file('key.pem', key)}" }`;
  [secured, plain] = await Promise.all([
    Engine.start({ size: 1, settings: `${tls}\n${users}` }),
    Engine.start({ size: 1 }),
  ]);
});
afterEach(() => Promise.all(members.splice(0).map((member) => member.log.close())));
afterAll(async () => {
  await Promise.all([secured.stop(), plain.stop()]);
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

  it.each([
    ['a wrong password', { credentials: () => wrong }, /authorization/i],
    ['no credentials', { credentials: null }, /authorization/i],
    ['another authority', { caFile: file('other.pem', makeCertificate('localhost').cert) }, /certificate/],
    ['the authorities of the system', { caFile: null }, /certificate/],
  ] as const)('is not reached with %s, which is said', async (_what, options, line) => {
    expect(await complaint(as('g1', options))).toMatch(line);
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
  ])('%s with "%s" in it is refused in one line', (setting, text, line) => {
    const check = () => checkFiles({ ...config, [setting]: file('wrong', text) });
    expect(check).toThrow(ConfigError);
    expect(check).toThrow(line);
  });

  it('may hold each kind of credentials', () => {
    for (const [name, clusterCredentialsFile] of Object.entries(credentialsOf)) {
      checkFiles({ ...config, clusterCa: caFile, clusterCredentialsFile });
      expect(readEngineCredentials(clusterCredentialsFile).kind).toBe(name === 'g1' ? 'password' : 'nkey');
    }
    const creds = `-----BEGIN NATS USER JWT-----\neyJ0\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${new TextDecoder().decode(nkey.getSeed())}\n------END USER NKEY SEED------\n`;
    expect(readEngineCredentials(file('user.creds', creds)).kind).toBe('creds');
  });
});
