/** The metrics of a gateway that is one of several. */
import type { Registry } from 'prom-client';
import { HOP_OUTCOMES, LOSS_REASONS, TROUBLES } from '../../shared/protocol/reasons.ts';
import { counter, gauge } from './at-scrape.ts';
import { CounterOf } from './counter-of.ts';

export type ClusterEvents = ReturnType<typeof countClusterEvents>;

/** Where a node stands. */
interface NodeFigures {
  /** Position of the last entry of the log that was applied. */
  readonly position: number;
  /** Age, in ms, of the oldest batch that has not come back; 0 when there is none. */
  readonly oldestInFlight: number;
  /** Batches that were sent again, since the start. */
  readonly resent: number;
  /** Gateways in the room, as this one sees it; 0 while it is in none. */
  readonly members: number;
  /** Reason why no client should come; null when it takes part in the room. */
  readonly verdict: string | null;
}

/** Registers where a node stands, and how many of its relays go over another gateway. */
export function collectCluster(
  node: NodeFigures,
  relays: { readonly hops: number },
  registry: Registry,
): void {
  const position = 'Last entry of the room’s log that was applied.';
  gauge(registry, 'chaton_log_position', position, () => node.position);
  gauge(
    registry,
    'chaton_log_oldest_seconds',
    'Age of the oldest batch that was sent to the engine and has not come back.',
    () => node.oldestInFlight / 1000,
  );
  const members = 'Gateways in the room, as this one sees it.';
  gauge(registry, 'chaton_cluster_members', members, () => node.members);
  gauge(
    registry,
    'chaton_cluster_ready',
    'Whether this gateway takes part in the room: 1, or 0 while it joins, stands still or was lost.',
    () => Number(node.verdict === null),
  );
  const hops = 'Private connections that go over another gateway.';
  gauge(registry, 'chaton_hops_open', hops, () => relays.hops);
  const resent = 'Batches that were sent to the engine again, since they had not come back.';
  counter(registry, 'chaton_log_resent_total', resent, () => node.resent);
}

/** Counters of what happens to a node. */
export function countClusterEvents(registry: Registry) {
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
