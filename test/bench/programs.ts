/**
 * Table of the measured servers: how each is started, and the protocol it speaks. Ports are free ones, files in a folder
 * of the bench.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UNLIMITED_FLAGS } from '../support/unlimited.ts';
import type { DialectName, Ports } from './jobs.ts';

export interface Program {
  /** Name in the tables. */
  readonly label: string;
  /** Program that is started; null for one of the project's own, run by this Node. */
  readonly executable: string | null;
  readonly dialect: DialectName;
  /** Ports on which it answers once it is ready. */
  readonly listensOn: ReadonlyArray<'tcp' | 'ws' | 'sink'>;
  /** Content of the configuration file, where it needs one. */
  readonly settings?: (ports: Ports) => string;
  /** Command line; `file` is the path of the configuration file, `before` the checkout that `--before` names. */
  readonly args: (ports: Ports, file: string, before: string | null) => readonly string[];
  /** True for several processes that have the whole machine, with the generator beside them. */
  readonly isSpread?: true;
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Folder of this checkout. */
const HERE = path('../../');

/** Arguments that `npm start` gives Node before the gateway's own flags: it is measured as it is run. */
function startScript(folder: string): string[] {
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
  const { scripts } = JSON.parse(manifest) as { readonly scripts: { readonly start: string } };
  const flags = /^node (.*)server\/start\.cjs$/.exec(scripts.start)?.[1];
  if (flags === undefined) throw new Error(`cannot tell how to start the gateway from "${scripts.start}"`);
  return [...flags.split(' ').filter((flag) => flag !== ''), join(folder, 'server/start.cjs')];
}

/** Describes a server of this bench's own, from `floor/`. */
function floor(name: string, dialect: DialectName, hasWebSocket: boolean): Program {
  const file = path(`floor/${name}.ts`);
  return {
    label: 'bare Node',
    executable: null,
    dialect,
    listensOn: hasWebSocket ? ['tcp', 'ws'] : ['tcp'],
    args: ({ tcp, ws, sink }) => [file, `${tcp}`, `${hasWebSocket ? ws : sink}`],
  };
}

/** The address of this machine to others. */
function ownAddress(): string {
  const address = Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  if (address === undefined)
    throw new Error('this machine has no address but a loopback one: nothing is sent over TLS');
  return address;
}

function gatewayArgs(folder: string, { tcp, ws }: Ports): string[] {
  return [
    ...startScript(folder),
    '--host=127.0.0.1',
    `--tcp-port=${tcp}`,
    '--tcp-long64-port=off',
    // The rate limit is lifted: the bench measures how fast the gateway can be.
    ...UNLIMITED_FLAGS,
    `--http-port=${ws}`,
    '--log-level=warn',
  ];
}

const GATEWAY: Program = {
  label: 'gateway',
  executable: null,
  dialect: 'chaton',
  listensOn: ['tcp', 'ws'],
  args: (ports) => gatewayArgs(HERE, ports),
};

/** Gateway of another checkout, such as one of the commit before a change. */
const BEFORE: Program = {
  ...GATEWAY,
  label: 'before',
  args: (ports, _file, before) => gatewayArgs(before!, ports),
};

const CLUSTER: Program = {
  label: 'two gateways, three NATS',
  executable: null,
  dialect: 'chaton',
  listensOn: ['tcp', 'sink'],
  isSpread: true,
  args: ({ tcp, ws, sink }) => [
    path('cluster.ts'),
    ...[tcp, ws, sink].map(String),
    ...startScript(HERE),
    '--host=127.0.0.1',
    '--tcp-long64-port=off',
    ...UNLIMITED_FLAGS,
    '--log-level=warn',
  ],
};

export const PROGRAMS = {
  gateway: GATEWAY,
  'gateway-pages': { ...GATEWAY, dialect: 'page' },
  before: BEFORE,
  'before-pages': { ...BEFORE, dialect: 'page' },
  'gateway-plain': { ...GATEWAY, label: 'the same, chaton.v1' },
  cluster: CLUSTER,
  'gateway-spread': { ...GATEWAY, label: 'one gateway', isSpread: true },
  'fanout-floor': floor('fanout', 'chaton', true),
  'relay-floor': floor('relay', 'none', false),
  'idle-floor': floor('idle', 'none', true),
  'cluster-tls': {
    ...CLUSTER,
    label: 'the same, over TLS',
    // Hops to a loopback address are plain.
    args: (ports, ...more) => [...CLUSTER.args(ports, ...more), `--mesh-host=${ownAddress()}`],
  },
  redis: {
    label: 'Redis',
    executable: 'redis-server',
    dialect: 'redis',
    listensOn: ['tcp'],
    args: ({ tcp }) => ['--port', `${tcp}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
  },
  nats: {
    label: 'NATS',
    executable: 'nats-server',
    dialect: 'nats',
    listensOn: ['tcp', 'ws'],
    settings: ({ tcp, ws }) =>
      `listen: "127.0.0.1:${tcp}"\nwebsocket { listen: "127.0.0.1:${ws}", no_tls: true }\nlogfile: "/dev/null"\n`,
    args: (_ports, file) => ['-c', file],
  },
  mosquitto: {
    label: 'Mosquitto',
    executable: 'mosquitto',
    dialect: 'mqtt',
    listensOn: ['tcp', 'ws'],
    settings: ({ tcp, ws }) =>
      [
        'allow_anonymous true',
        'log_dest none',
        'set_tcp_nodelay true',
        `listener ${tcp} 127.0.0.1`,
        `listener ${ws} 127.0.0.1`,
        'protocol websockets',
        '',
      ].join('\n'),
    args: (_ports, file) => ['-c', file],
  },
  haproxy: {
    label: 'HAProxy',
    executable: 'haproxy',
    dialect: 'none',
    listensOn: ['tcp'],
    settings: ({ tcp, sink }) =>
      [
        'global',
        '  nbthread 1',
        'defaults',
        '  mode tcp',
        '  timeout connect 5s',
        '  timeout client 1h',
        '  timeout server 1h',
        'listen relay',
        `  bind 127.0.0.1:${tcp}`,
        `  server sink 127.0.0.1:${sink}`,
        '',
      ].join('\n'),
    args: (_ports, file) => ['-db', '-q', '-f', file],
  },
  websockify: {
    label: 'websockify',
    executable: 'websockify',
    dialect: 'none',
    listensOn: ['ws'],
    args: ({ ws, sink }) => [`127.0.0.1:${ws}`, `127.0.0.1:${sink}`],
  },
} as const satisfies Readonly<Record<string, Program>>;

export type ProgramName = keyof typeof PROGRAMS;

/** Name on the command line and in JSON: each floor is just `floor`, and the gateway `gateway` with pages, too. */
export function shortName(name: ProgramName): string {
  if (name === 'gateway-pages' || name === 'gateway-spread') return 'gateway';
  if (name === 'before-pages') return 'before';
  return name.endsWith('-floor') ? 'floor' : name;
}
