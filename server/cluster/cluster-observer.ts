/** Reports of what happens to the cluster, for the log of the process and its metrics. */
import type { LossReason } from './replicated-log.ts';
import type { LiveNode } from './nodes.ts';

/**
 * Kinds of trouble that end nothing: a record of the log that nobody can read, an attempt to join that failed, two gateways of
 * one name (unless one of them is gone, and not yet declared dead).
 */
export type Trouble = 'record' | 'join' | 'name';

export interface ClusterObserver {
  joined(node: LiveNode, members: number): void;
  gone(node: LiveNode, isDead: boolean, members: number): void;
  stalled(isStalled: boolean): void;
  lost(reason: LossReason): void;
  /** This node may not join. */
  refused(why: string): void;
  /** @param why in words, for a person */
  trouble(kind: Trouble, why: string): void;
}
