/** What the rules know, read when somebody asks: nothing here runs between two scrapes. */
import { Counter, Gauge, type Metric, type Registry } from 'prom-client';
import { COMMANDS, isSentBy } from '../../shared/protocol/commands.ts';
import type { Chat } from '../chat/chat.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import { BATCH_BOUNDS, type Counters } from '../chat/environment/counters.ts';

/** Registers what is read from the rules at each scrape. */
export function collectFrom(chat: Chat, resumeRegistry: ResumeRegistry, registry: Registry): void {
  collectConnections(chat, registry);
  collectTraffic(chat.counters, registry);
  collectPrivate(chat, registry);
  collectResumption(resumeRegistry, registry);
  registry.registerMetric(batchSizes(chat.counters));
}

function collectConnections(chat: Chat, registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: 'chaton_connections',
    help: 'Connections that are open.',
    labelNames: ['transport', 'phase'],
    registers,
    collect() {
      this.reset();
      for (const { origin, phase } of chat.sessions)
        this.inc({ transport: origin.transport, phase: phase.name });
      for (const { origin } of chat.fresh) this.inc({ transport: origin.transport, phase: 'unidentified' });
      for (const [endpoint, { origin }] of chat.endpoints.live)
        this.inc({ transport: origin.transport, phase: endpoint.isConnected ? 'relayed' : 'waiting' });
    },
  });
  new Gauge({
    name: 'chaton_outbox_largest_bytes',
    help: 'The most that one client has not yet taken.',
    registers,
    collect() {
      let largest = 0;
      for (const { pendingBytes: pendingBytes } of chat.sessions) largest = Math.max(largest, pendingBytes);
      this.set(largest);
    },
  });
  new Gauge({
    name: 'chaton_outbox_high_water_bytes',
    help: 'The most that one client had not yet taken, within the last 30 to 60 seconds.',
    registers,
    collect() {
      this.set(chat.counters.outboxHighWater);
    },
  });
}

function collectResumption(resumeRegistry: ResumeRegistry, registry: Registry): void {
  new Gauge({
    name: 'chaton_pages_detached',
    help: 'Connections of pages that dropped and are waited for.',
    registers: [registry],
    collect() {
      this.set(resumeRegistry.waiting);
    },
  });
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
  new Counter({
    name: 'chaton_deliveries_total',
    help: 'Commands delivered, each client that gets one counted.',
    registers,
    collect() {
      this.reset();
      this.inc(counters.commandsOut.reduce((sum, count) => sum + count, 0));
    },
  });
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
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const endpoints = () => [...chat.endpoints.live.keys()];
  gauge(
    'chaton_private_requests_pending',
    'REQUEST_PRIVATE not yet answered.',
    () => chat.negotiation.pendingRequests,
  );
  gauge('chaton_connect_ids_live', 'connect_ids given out and not yet used.', () => chat.negotiation.liveIds);
  gauge('chaton_relays_open', 'Private connections open.', () =>
    Math.ceil(endpoints().filter(({ isConnected: isJoined }) => isJoined).length / 2),
  );
  new Counter({
    name: 'chaton_relayed_bytes_total',
    help: 'Bytes passed on between the sides of private connections.',
    registers,
    collect() {
      this.reset();
      this.inc(endpoints().reduce((sum, { relayed }) => sum + relayed, chat.counters.relayedBytes));
    },
  });
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
  const help = 'What one turn of the event loop had to say to the room.';
  const metric = {
    name,
    help,
    type: 'histogram',
    get: () => Promise.resolve({ name, help, type: 'histogram', values: read() }),
  };
  return metric as unknown as Metric;
}
