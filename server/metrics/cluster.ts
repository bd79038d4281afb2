/** The metrics of a gateway that is one of several. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { CounterOf } from './counter-of.ts';

/** Reasons for which a node left the room. */
const LOSS_REASONS = ['fenced', 'given up', 'engine lost', 'diverged'] as const;
/** Troubles that end nothing. */
const TROUBLES = ['record', 'join', 'name', 'engine'] as const;
/** Outcomes of connections between gateways. */
const HOP_OUTCOMES = ['dialled', 'accepted', 'not local', 'wrong secret', 'unwanted', 'failed'] as const;

export type ClusterEvents = ReturnType<typeof collectCluster>;

/** State of a node; read at each scrape. */
export interface ClusterFigures {
  /** Position of the last entry of the log that was applied. */
  readonly position: number;
  /** Age, in ms, of the oldest batch that has not come back; 0 when there is none. */
  readonly oldestInFlight: number;
  /** Batches that were sent again, since the start. */
  readonly resent: number;
  /** Gateways in the room, as this one sees it; 0 while it is in none. */
  readonly members: number;
  /** Relays that go over another gateway. */
  readonly hops: number;
  /** True when it takes part in the room, and clients may come. */
  readonly isReady: boolean;
}

/** Registers where a node stands, and counters of what happens to it. */
export function collectCluster(figures: () => ClusterFigures, registry: Registry) {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (now: ClusterFigures) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(figures()));
      },
    });
  gauge('chaton_log_position', 'Last entry of the room’s log that was applied.', ({ position }) => position);
  gauge(
    'chaton_log_oldest_seconds',
    'Age of the oldest batch that was sent to the engine and has not come back.',
    ({ oldestInFlight }) => oldestInFlight / 1000,
  );
  gauge('chaton_cluster_members', 'Gateways in the room, as this one sees it.', ({ members }) => members);
  gauge(
    'chaton_cluster_ready',
    'Whether this gateway takes part in the room: 1, or 0 while it joins, stands still or was lost.',
    ({ isReady }) => Number(isReady),
  );
  gauge('chaton_hops_open', 'Private connections that go over another gateway.', ({ hops }) => hops);
  new Counter({
    name: 'chaton_log_resent_total',
    help: 'Batches that were sent to the engine again, since they had not come back.',
    registers,
    collect() {
      this.reset();
      this.inc(figures().resent);
    },
  });
  return {
    losses: new CounterOf(registry, 'chaton_cluster_losses_total', 'Times that this gateway left the room.', {
      reason: LOSS_REASONS,
    }),
    troubles: new CounterOf(
      registry,
      'chaton_cluster_troubles_total',
      'Records that cannot be read, attempts to join that failed, gateways of one name, complaints of the engine.',
      { kind: TROUBLES },
    ),
    hops: new CounterOf(
      registry,
      'chaton_hops_total',
      'Connections to other gateways, and from them, for private connections.',
      { outcome: HOP_OUTCOMES },
    ),
  };
}
