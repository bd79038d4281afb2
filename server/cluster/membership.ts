/** Members of the room, as the log has them: nodes join, unless their rules are others, leave, and are declared dead. */
import type { LogEntry } from './replicated-log.ts';
import type { LiveNode, Nodes } from './nodes.ts';
import type { JoinBody } from './records.ts';
import { RULES_VERSION, unlike } from './rule-limits.ts';

export interface MembershipOptions {
  readonly nodes: Nodes;
  /** Limits that the rules depend on, at this node. */
  readonly limits: Readonly<Record<string, number>>;
  /** Frees all that the clients of a node hold, their logins above all. */
  readonly release: (incarnation: string) => void;
  /** Forgets all that has followed from the log: the room is founded anew. False when this node is out of it itself. */
  readonly beginAnew: () => boolean;
  /** Called when a node has joined, this one included; `refusal` says why it may not. */
  readonly onJoined: (node: LiveNode, refusal: string | null) => void;
  /** Called when a node is gone, dead or left. */
  readonly onGone: (node: LiveNode, isDead: boolean) => void;
}

export class Membership {
  readonly #options: MembershipOptions;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Carries out a JOIN. */
  join({ incarnation, batch, ticks, pressure }: LogEntry, body: JoinBody): void {
    const { name, address, rules, isFresh } = body;
    const { nodes, beginAnew, onJoined } = this.#options;
    const node = { incarnation, name, address, rules, batch, ticks, pressure, silentBeats: 0 };
    if (isFresh) {
      // All who were there before are out, this node included.
      for (const other of [...nodes.all()]) this.#gone(other, true);
      if (!beginAnew()) return;
    }
    const refusal = isFresh ? null : this.#refusal(body);
    if (!refusal) nodes.add(node);
    onJoined(node, refusal);
  }

  /** Carries out a DEAD: it holds if that node's last batch is still the one that it names. */
  declareDead(incarnation: string, batch: number): void {
    const node = this.#options.nodes.get(incarnation);
    if (node?.batch === batch) this.#gone(node, true);
  }

  /** Carries out a LEFT. */
  leave(incarnation: string): void {
    const node = this.#options.nodes.get(incarnation);
    if (node) this.#gone(node, false);
  }

  /** Reason why a node may not join; null when it may. */
  #refusal({ rules, limits }: JoinBody): string | null {
    // The node that gave the state may have left meanwhile, as the last one.
    const needed = Math.min(RULES_VERSION, ...[...this.#options.nodes.all()].map((node) => node.rules));
    if (rules < needed) return `its rules are of version ${rules}, and the room's of ${needed}: update it`;
    return unlike(this.#options.limits, limits);
  }

  /** A node has no part in the room any more, and none of its clients. */
  #gone(node: LiveNode, isDead: boolean): void {
    const { nodes, release, onGone } = this.#options;
    nodes.delete(node.incarnation);
    release(node.incarnation);
    onGone(node, isDead);
  }
}
