/**
 * Gives the suites of one gateway two, which are one room: each connection goes to the other one than the one before. Used
 * where `CHATON_TEST_ENGINE_URL` names an engine (spread.config.ts).
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import type { Limits } from '../../../server/chat/limits/limits.ts';
import type { Config } from '../../../server/config/config.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { alternating } from './alternating.ts';

/** Starts two gateways, as one. What it says of the chat is what both hold together. */
export async function startSpreadGateway(
  engine: string,
  overrides: Partial<Config>,
  limits: Partial<Limits>,
  log?: (line: string) => void,
): Promise<TestGateway & { readonly nodes: readonly TestGateway[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-spread-'));
  const clusterSecretFile = join(folder, 'secret');
  writeFileSync(clusterSecretFile, randomBytes(32).toString('hex'));
  const clusterRoom = `t${randomBytes(6).toString('hex')}`;
  const config = {
    ...overrides,
    cluster: [engine],
    clusterReplicas: 1,
    clusterRoom,
    clusterSecretFile,
    meshPort: 0,
  };
  const nodes = await Promise.all(
    ['g1', 'g2'].map((clusterNode) => startTestGateway({ ...config, clusterNode }, limits, undefined, log)),
  );
  await Promise.all(nodes.map(({ joined }) => joined));
  const [first] = nodes as [TestGateway];
  const sum = (count: (node: TestGateway) => number) => nodes.reduce((total, node) => total + count(node), 0);
  const chat = {
    connections: {
      get size() {
        return sum((node) => node.chat.connections.size);
      },
    },
    get clients() {
      return first.chat.clients;
    },
    endpoints: {
      get size() {
        return sum((node) => node.chat.endpoints.size);
      },
    },
    negotiation: first.chat.negotiation,
  };
  const resumeRegistry = {
    get waiting() {
      return sum((node) => node.resumeRegistry.waiting);
    },
    tokens: {
      get size() {
        return sum((node) => node.resumeRegistry.tokens.size);
      },
    },
    get keptBytes() {
      return sum((node) => node.resumeRegistry.keptBytes);
    },
  };
  const metrics = {
    scrape: async () => {
      const texts = await Promise.all(nodes.map(({ metrics }) => metrics.scrape()));
      return { text: texts.map(({ text }) => text).join('') };
    },
  };
  const { addresses } = Object.getOwnPropertyDescriptors(alternating(nodes));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await deleteStream(engine, clusterRoom);
  };
  return Object.defineProperties(
    { ...first, chat, resumeRegistry, metrics, nodes, stop },
    { addresses },
  ) as never;
}

/** Frees what the engine reserves for a room: a whole run has more rooms than it has space for. */
async function deleteStream(engine: string, room: string): Promise<void> {
  const connection = await connect({ servers: engine });
  await connection.request(`$JS.API.STREAM.DELETE.CHATON_${room}`);
  await connection.close();
}
