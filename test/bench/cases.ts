/** Table of the measurements, and of the servers that each compares. */
import type { Task, Transport } from './jobs.ts';
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
  /** Servers that are measured, the gateway first. */
  readonly programs: readonly ProgramName[];
  /** True when each measurement gets a fresh server, and there is one measurement only: memory hardly varies. */
  readonly isFresh?: boolean;
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

const RATE = 200;
const RATE_CLIENTS = 500;
const CONNECTIONS = 3_000;

/** Selects the cases that the flags ask for, each with the servers that they ask for. */
export function selectCases({ only, servers, clients }: Options, idle: number): Case[] {
  const all = allCases({ clients, idle });
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

/** Lists all cases in the order in which they run. */
function allCases(sizes: Sizes): Case[] {
  return [
    ...(['tcp', 'ws', 'mixed'] as const).flatMap((transport) =>
      sizes.clients.map((clients) => fanoutCase(transport, clients)),
    ),
    latencyCase(),
    ...TRANSPORTS.flatMap((from) => TRANSPORTS.map((to) => relayCase(from, to))),
    ...TRANSPORTS.map(connectCase),
    ...TRANSPORTS.map((transport) => idleCase(transport, sizes.idle)),
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

function connectCase(transport: Transport): Case {
  return {
    name: `connect-${transport}`,
    title: TRANSPORT_TITLES[transport],
    kind: 'connect',
    task: { kind: 'connect', transport, clients: CONNECTIONS },
    programs: ['gateway', 'fanout-floor'],
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
