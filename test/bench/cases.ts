/** Table of the measurements, and of the servers that each compares. */
import type { PrivateTask, Task, Transport } from './jobs.ts';
import { CHROMIUM } from './machine.ts';
import { UsageError, type Options } from './options.ts';
import { shortName, type ProgramName } from './programs.ts';
import type { Kind } from './tables.ts';

export interface Case {
  /** Name for `--only`, which selects by the whole of it or its beginning. */
  readonly name: string;
  readonly title: string;
  /** Table that the case belongs to. */
  readonly kind: Kind;
  readonly task: Task;
  /** Task of a server that is measured by another one. */
  readonly taskOf?: Partial<Record<ProgramName, Task>>;
  /** Servers that are measured, the gateway first. */
  readonly programs: readonly ProgramName[];
  /** True when each measurement gets a fresh server, and there is one measurement only: memory hardly varies. */
  readonly isFresh?: boolean;
  /** A program that it needs besides, and is left out without. */
  readonly needs?: string;
  /** Case whose gateway figures this one's are compared with. */
  readonly baseline?: string;
}

interface Sizes {
  /** Numbers of clients of the fan-out cases. */
  readonly clients: readonly number[];
  readonly idle: number;
}

const TRANSPORTS: readonly Transport[] = ['tcp', 'ws'];
const TRANSPORT_TITLES = { tcp: 'TCP', ws: 'WebSocket', mixed: 'half TCP, half WebSocket' } as const;

const FANOUT_PROGRAMS = {
  tcp: ['gateway', 'fanout-floor', 'redis', 'nats', 'mosquitto'],
  ws: ['gateway', 'fanout-floor', 'nats'],
  mixed: ['gateway', 'fanout-floor'],
} as const satisfies Record<string, readonly ProgramName[]>;

const RELAY_PEERS = {
  'tcp-tcp': ['relay-floor', 'haproxy'],
  'tcp-ws': [],
  'ws-tcp': ['websockify'],
  'ws-ws': [],
} as const satisfies Record<string, readonly ProgramName[]>;

const DIRECTIONS = ['up', 'down'] as const;
const DIRECTION_TITLES = { up: 'page → native', down: 'native → page' } as const;
/** Round trips, in ms. */
const DELAYS = [0, 100];

const RATE = 200;
const RATE_CLIENTS = 500;
/** Rate, in messages per second, at which nothing waits for anything else; and commands on their way for the opposite. */
const EASY_RATE = 100;
const OUTSTANDING = 8_000;
const CONNECTIONS = 3_000;
const STORMS = [500, 2_000, 4_000, 8_000];
const BESIDE = { relays: 100, clients: 100, rate: 50 };

/** Selects the cases that the flags ask for, each with the servers that they ask for. */
export function selectCases({ only, servers, clients, before }: Options, idle: number): Case[] {
  const all = before === null ? allCases({ clients, idle }) : pairs(allCases({ clients, idle }));
  const selected = only.flatMap((start) => {
    const exact = all.filter(({ name }) => name === start);
    const found = exact.length > 0 ? exact : all.filter(({ name }) => name.startsWith(start));
    if (found.length > 0) return found;
    throw new UsageError(`--only: no case begins with "${start}"; --list shows them`);
  });
  const known = new Set(all.flatMap(({ programs }) => programs.map(shortName)));
  for (const server of servers ?? [])
    if (!known.has(server))
      throw new UsageError(`--servers: "${server}" is none of ${[...known].join(', ')}`);
  return all
    .filter((it) => only.length === 0 || selected.includes(it))
    .map((it) => ({
      ...it,
      programs: it.programs.filter((name) => servers?.includes(shortName(name)) ?? true),
    }))
    .filter(({ programs }) => programs.length > 0);
}

/** Lists the cases that need one gateway alone, each with the other checkout's beside it and no peers. */
function pairs(cases: readonly Case[]): Case[] {
  const others: Partial<Record<ProgramName, ProgramName>> = {
    gateway: 'before',
    'gateway-pages': 'before-pages',
  };
  return cases.flatMap(({ baseline: _, ...it }) => {
    const [own] = it.programs;
    const other = own && others[own];
    return other ? [{ ...it, programs: [own, other] }] : [];
  });
}

/** Lists all cases in the order in which they run. */
function allCases(sizes: Sizes): Case[] {
  return [
    ...(['tcp', 'ws', 'mixed'] as const).flatMap((transport) =>
      sizes.clients.map((clients) => fanoutCase(transport, clients)),
    ),
    latencyCase(),
    ...TRANSPORTS.flatMap((from) => TRANSPORTS.map((to) => relayCase(from, to))),
    besideCase(),
    ...DELAYS.flatMap((delay) => DIRECTIONS.map((direction) => privateCase(direction, delay))),
    ...TRANSPORTS.map(connectCase),
    ...clusterCases(),
    ...STORMS.filter((clients) => clients <= sizes.idle).map(stormCase),
    ...TRANSPORTS.map((transport) => idleCase(transport, sizes.idle)),
    idlePageCase(sizes.idle),
  ];
}

function fanoutCase(transport: keyof typeof FANOUT_PROGRAMS, clients: number): Case {
  return {
    name: `fanout-${transport}-${clients}`,
    title: `${TRANSPORT_TITLES[transport]}, ${clients} clients`,
    kind: 'fanout',
    task: { kind: 'fanout', transport, clients, rate: null },
    programs: FANOUT_PROGRAMS[transport],
    ...(transport !== 'tcp' && { baseline: `fanout-tcp-${clients}` }),
  };
}

function latencyCase(): Case {
  return {
    name: `latency-${RATE_CLIENTS}`,
    title: `${RATE} messages/s to ${RATE_CLIENTS} clients, ${TRANSPORT_TITLES.mixed}`,
    kind: 'latency',
    task: { kind: 'fanout', transport: 'mixed', clients: RATE_CLIENTS, rate: RATE },
    programs: ['gateway', 'fanout-floor', 'nats'],
  };
}

function relayCase(from: Transport, to: Transport): Case {
  const pair = `${from}-${to}` as const;
  return {
    name: `relay-${pair}`,
    title: `${TRANSPORT_TITLES[from]} → ${TRANSPORT_TITLES[to]}`,
    kind: 'relay',
    task: { kind: 'relay', from, to },
    programs: ['gateway', ...RELAY_PEERS[pair]],
    ...(pair !== 'tcp-tcp' && { baseline: 'relay-tcp-tcp' }),
  };
}

function besideCase(): Case {
  const { relays, clients, rate } = BESIDE;
  return {
    name: 'relays-beside-chat',
    title: `${relays} relays beside ${rate} messages/s to ${clients} clients`,
    kind: 'beside',
    task: { kind: 'beside', ...BESIDE },
    programs: ['gateway'],
  };
}

function privateCase(direction: PrivateTask['direction'], delay: number): Case {
  return {
    name: `private-${direction}-${delay}`,
    title: `${DIRECTION_TITLES[direction]}, round trip ${delay} ms`,
    kind: 'private',
    task: { kind: 'private', direction, delay },
    programs: ['gateway'],
    needs: CHROMIUM,
  };
}

function clusterCases(): Case[] {
  const programs = ['gateway-spread', 'cluster'] as const;
  const task = (nodes: 1 | 2, easy: boolean): Task => ({
    kind: 'cluster',
    nodes,
    clients: easy ? 20 : 2,
    rate: easy ? EASY_RATE : null,
    outstanding: OUTSTANDING,
  });
  const of = (easy: boolean) => ({
    task: task(1, easy),
    taskOf: { cluster: task(2, easy) },
    programs,
    needs: 'nats-server',
  });
  return [
    {
      name: 'cluster-latency',
      title: `${EASY_RATE} messages/s to 20 clients`,
      kind: 'cluster',
      ...of(true),
    },
    {
      name: 'cluster-commands',
      title: `${OUTSTANDING} commands on their way, 2 clients`,
      kind: 'cluster',
      ...of(false),
    },
    {
      name: 'cluster-relay',
      title: 'within a gateway, and to another one',
      kind: 'cluster-relay',
      task: { kind: 'cluster-relay', nodes: 2 },
      programs: ['cluster', 'cluster-tls'],
      needs: 'nats-server',
    },
  ];
}

function connectCase(transport: Transport): Case {
  return {
    name: `connect-${transport}`,
    title: TRANSPORT_TITLES[transport],
    kind: 'connect',
    task: { kind: 'connect', transport, clients: CONNECTIONS },
    programs: ['gateway', 'fanout-floor'],
  };
}

function stormCase(clients: number): Case {
  return {
    name: `storm-${clients}`,
    title: `${clients} pages`,
    kind: 'storm',
    task: { kind: 'storm', clients },
    programs: ['gateway-pages', 'gateway-plain', 'fanout-floor'],
    isFresh: true,
  };
}

function idleCase(transport: Transport, clients: number): Case {
  return {
    name: `idle-${transport}`,
    title: `${TRANSPORT_TITLES[transport]}, ${clients} connections`,
    kind: 'idle',
    task: { kind: 'idle', transport, clients },
    programs: [
      'gateway',
      'idle-floor',
      ...(transport === 'tcp' ? (['redis', 'nats', 'mosquitto'] as const) : []),
    ],
    isFresh: true,
  };
}

function idlePageCase(clients: number): Case {
  return {
    name: 'idle-page',
    title: `pages, ${clients} connections`,
    kind: 'idle',
    task: { kind: 'idle', transport: 'ws', clients, dialect: 'page' },
    programs: ['gateway'],
    isFresh: true,
    baseline: 'idle-ws',
  };
}
