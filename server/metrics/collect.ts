/** Metrics of what the rules know. */
import { Counter, Gauge, type Metric, type Registry } from 'prom-client';
import { COMMANDS, isSentBy } from '../../shared/protocol/commands.ts';
import type { Chat } from '../chat/chat.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import { BATCH_BOUNDS, type Counters } from '../chat/environment/counters.ts';
import { TRANSPORTS } from '../chat/environment/observer.ts';
import { counter, gauge } from './at-scrape.ts';

const PHASES = ['unidentified', 'identified', 'waiting', 'relayed'] as const;

export function collectFrom(chat: Chat, resumeRegistry: ResumeRegistry, registry: Registry): void {
  collectConnections(chat, registry);
  collectTraffic(chat.counters, registry);
  collectPrivate(chat, registry);
  collectResumption(resumeRegistry, registry);
  registry.registerMetric(batchSizes(chat.counters));
}

function collectConnections(chat: Chat, registry: Registry): void {
  new Gauge({
    name: 'chaton_connections',
    help: 'Connections that are open.',
    labelNames: ['transport', 'phase'],
    registers: [registry],
    collect() {
      for (const transport of TRANSPORTS) for (const phase of PHASES) this.set({ transport, phase }, 0);
      for (const { source, phase } of chat.connections.sessions)
        this.inc({ transport: source.transport, phase: phase.name });
      for (const { source } of chat.connections.undecided)
        this.inc({ transport: source.transport, phase: 'unidentified' });
      for (const [endpoint, { source }] of chat.endpoints.live)
        this.inc({ transport: source.transport, phase: endpoint.isConnected ? 'relayed' : 'waiting' });
    },
  });
  collectPending(chat, registry);
}

/** Registers the bytes that clients make the server keep until they take them. */
function collectPending(chat: Chat, registry: Registry): void {
  const pending = () => Array.from(chat.connections.sessions, ({ pendingBytes }) => pendingBytes);
  gauge(
    registry,
    'chaton_pending_bytes',
    'Bytes pending for all clients: queued, and not yet taken by the system.',
    () => pending().reduce((sum, bytes) => sum + bytes, 0),
  );
  gauge(registry, 'chaton_client_pending_max_bytes', 'The most bytes pending for one client.', () =>
    pending().reduce((most, bytes) => Math.max(most, bytes), 0),
  );
  gauge(
    registry,
    'chaton_client_pending_high_water_bytes',
    'High-water mark of the last 30 to 60 seconds: the most bytes pending for one client.',
    () => chat.counters.outboxHighWater,
  );
}

function collectResumption(resumeRegistry: ResumeRegistry, registry: Registry): void {
  gauge(
    registry,
    'chaton_resumable_connections',
    'Connections of pages that dropped and wait to be resumed.',
    () => resumeRegistry.waiting,
  );
  gauge(
    registry,
    'chaton_resume_kept_bytes',
    'Bytes kept until pages acknowledge them, and held for windows, without what many share: --max-resume-total at most.',
    () => resumeRegistry.keptBytes,
  );
}

function collectTraffic(counters: Counters, registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: 'chaton_commands_total',
    help: 'Commands that came in, and commands sent out: one for each client that gets it.',
    labelNames: ['command', 'direction'],
    registers,
    collect() {
      this.reset();
      for (const command of COMMANDS) {
        const { opcode, name } = command;
        if (isSentBy('client', command))
          this.inc({ command: name, direction: 'in' }, counters.commandsIn[opcode]);
        if (isSentBy('server', command))
          this.inc({ command: name, direction: 'out' }, counters.commandsOut[opcode]);
      }
    },
  });
  counter(registry, 'chaton_deliveries_total', 'Commands delivered, each client that gets one counted.', () =>
    counters.commandsOut.reduce((sum, count) => sum + count, 0),
  );
  new Counter({
    name: 'chaton_bytes_total',
    help: 'Bytes of commands, without what the transports add.',
    labelNames: ['direction'],
    registers,
    collect() {
      this.reset();
      this.inc({ direction: 'in' }, counters.bytesIn);
      this.inc({ direction: 'out' }, counters.bytesOut);
    },
  });
}

function collectPrivate(chat: Chat, registry: Registry): void {
  const endpoints = () => [...chat.endpoints.live.keys()];
  gauge(
    registry,
    'chaton_private_requests_pending',
    'REQUEST_PRIVATE not yet answered.',
    () => chat.negotiation.pendingRequests,
  );
  gauge(
    registry,
    'chaton_connect_ids_live',
    'connect_ids given out and not yet used.',
    () => chat.negotiation.liveIds,
  );
  gauge(registry, 'chaton_relays_open', 'Private connections open.', () =>
    Math.ceil(endpoints().filter(({ isConnected }) => isConnected).length / 2),
  );
  counter(
    registry,
    'chaton_relayed_bytes_total',
    'Bytes relayed between the sides of private connections.',
    () => endpoints().reduce((sum, { relayed }) => sum + relayed, chat.counters.relayedBytes),
  );
}

/** A histogram whose classes the rules have filled already; the package's own can only be fed one by one. */
function batchSizes(counters: Counters): Metric {
  const name = 'chaton_batch_bytes';
  const read = () => {
    let count = 0;
    const buckets = [...BATCH_BOUNDS.map(String), '+Inf'].map((le, index) => {
      count += counters.batches[index]!;
      return { metricName: `${name}_bucket`, labels: { le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, value: counters.batchBytes },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
  };
  const help = 'Bytes of the batch that one turn of the event loop has for the room.';
  const metric = {
    name,
    help,
    type: 'histogram',
    get: () => Promise.resolve({ name, help, type: 'histogram', values: read() }),
  };
  return metric as unknown as Metric;
}
