/** The files for several gateways fit together, and with the settings that there are. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { longestDrain } from '../../server/app/drain.ts';
import { readConfig } from '../../server/config/config.ts';
import { SETTINGS } from '../../server/config/settings.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const read = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../server/deploy/${file}`, import.meta.url)), 'utf8');
/** As it is where nothing is set beside it. */
const compose = read('compose.cluster.yaml').replaceAll(/\$\{\w+:-(.*?)\}/g, '$1');
const haproxy = read('proxies/haproxy.cluster.cfg');
const guide = read('CLUSTER.md');

/** Variables that a text sets, by their names; what its comments say is for the engine of containers. */
const variablesIn = (text: string) =>
  Object.fromEntries(
    [
      ...text
        .replaceAll(/^#.*$/gm, '')
        .matchAll(/\b(CHATON_[A-Z0-9_]+)(?:: |=)'?([^,'}\s]+(?:,nats:[^,'}\s]+)*)/g),
    ].map(([, name, value]) => [name!, value!]),
  );

describe('the files of a cluster', () => {
  it.each([
    ['compose.cluster.yaml', compose],
    ['CLUSTER.md', guide],
  ])('%s sets what can be set, and together it can work', (_file, text) => {
    const variables = variablesIn(text);
    const known = SETTINGS.map(({ env }) => env);
    expect(Object.keys(variables).filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(['CHATON_CLUSTER', 'CHATON_MESH_HOST']));
    const secret = { CHATON_CLUSTER_SECRET_FILE: 'secret' };
    expect(readConfig([], { ...variables, ...secret })).toMatchObject({ kind: 'run', warnings: [] });
  });

  // A value of digits, an `e` and more digits is a bad number for NATS, which then does not start: that is one in twelve by chance.
  it.each([
    ['compose.cluster.yaml', compose],
    ['CLUSTER.md', guide],
  ])('%s makes values for the environment of NATS that it takes for no number', (_file, text) => {
    const made = [...text.matchAll(/=(\w*)\$\(openssl rand -hex/g)].map(([, begin]) => begin);
    expect(made).toEqual([expect.stringMatching(/^[a-z]$/)]);
  });

  it('compose.cluster.yaml has each gateway keep its bans, and an operator’s listener when that is wanted', () => {
    const { CHATON_ADMIN_TOKEN_FILE: token, CHATON_STATE_FILE: state } = variablesIn(compose);
    expect([token, state]).toEqual(['/run/secrets/chaton_admin_token', '/state/refused.json']);
    for (const gateway of ['g1', 'g2']) expect(compose).toContain(`volumes: ['${gateway}:/state']`);
    expect(compose.match(/^ {4}secrets: \[.*chaton_admin_token\]$/gm)).toHaveLength(2);
  });

  it('compose.cluster.yaml allows a gateway what its drain takes, and tells it how long that is', () => {
    const { CHATON_STOP_TIMEOUT, CHATON_DRAIN_DELAY } = variablesIn(compose);
    const [, grace] = /leaves the room last\.\n +stop_grace_period: (\d+)s/.exec(compose) ?? [];
    expect(`${grace}s`).toBe(CHATON_STOP_TIMEOUT);
    const drainDelay = 1000 * Number.parseInt(CHATON_DRAIN_DELAY!);
    expect(1000 * Number(grace)).toBeGreaterThan(longestDrain({ ...DEFAULT_LIMITS, drainDelay }));
  });

  it('the proxy asks the name server of its own container, whichever engine that has', () => {
    expect(haproxy).toMatch(/^resolvers docker\n(?: +#.*\n)*(?: +(?:parse-resolv-conf|hold .*)\n)+$/m);
  });

  it('the proxy knows every gateway, by the name by which pages ask for it', () => {
    const nodes = [...compose.matchAll(/CHATON_CLUSTER_NODE: (\w+)/g)].map(([, name]) => name!);
    expect(nodes).toEqual(['g1', 'g2']);
    for (const node of nodes) {
      expect(haproxy).toContain(`use-server ${node} if { urlp(node) -m str ${node} }`);
      expect(haproxy.match(new RegExp(`server ${node} ${node}:(7777|7778|8080) `, 'g'))).toHaveLength(3);
    }
    const [, address] = /ipv4_address: ([\d.]+)/.exec(compose) ?? [];
    expect(variablesIn(compose)['CHATON_PROXIES']).toBe(address);
  });
});
