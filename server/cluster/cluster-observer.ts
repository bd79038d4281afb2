/** Reports of what happens to the cluster, for the log of the process and its metrics. */
import type { LossReason, Trouble } from '../../shared/protocol/reasons.ts';
import type { LiveNode } from './nodes.ts';

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
