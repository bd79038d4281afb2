/** The live nodes, as the log has them: nodes join, unless their rules are others, leave, and are declared dead. */
import type { LogEntry, PressureLevel } from './replicated-log.ts';
import type { JoinBody } from './records.ts';
import { RULES_VERSION, unlike } from './rule-limits.ts';

/** A live node: one incarnation. All of it but `silentBeats` is the same at every node at the same position. */
export interface LiveNode {
  readonly incarnation: string;
  readonly name: string;
  /** Address of its mesh. */
  readonly address: string;
  readonly rules: number;
  /** Number of its last batch that was applied. */
  batch: number;
  /** Its clock, in ms, in that batch. */
  ticks: number;
  pressure: PressureLevel;
  /** Own beats of the node that counts, since this one was last heard. */
  silentBeats: number;
}

export interface NodesOptions {
  /** Limits that the rules depend on, at this node. */
  readonly limits: Readonly<Record<string, number>>;
  /** Forgets all that has followed from the log: the room is founded anew. False when this node is out of it itself. */
  readonly beginAnew: () => boolean;
  /** Called when a node has joined, this one included; `refusal` says why it may not. */
  readonly onJoined: (node: LiveNode, refusal: string | null) => void;
  /** Called when a node is gone, dead or left, with all of its clients. */
  readonly onGone: (node: LiveNode, isDead: boolean) => void;
}

export class Nodes {
  readonly #options: NodesOptions;
  readonly #nodes = new Map<string, LiveNode>();

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(incarnation: string): LiveNode | undefined {
    return this.#nodes.get(incarnation);
  }

  all(): Iterable<LiveNode> {
    return this.#nodes.values();
  }

  add(node: LiveNode): void {
    this.#nodes.set(node.incarnation, node);
  }

  clear(): void {
    this.#nodes.clear();
  }

  /** The node whose clock is that of the log: of all, the one whose incarnation comes first. */
  get timekeeper(): LiveNode | undefined {
    let first: LiveNode | undefined;
    for (const node of this.#nodes.values()) if (!first || node.incarnation < first.incarnation) first = node;
    return first;
  }

  /** The most that the clients of any other node lag. */
  pressureBeside(incarnation: string | undefined): PressureLevel {
    let most: PressureLevel = 0;
    for (const node of this.#nodes.values())
      if (node.incarnation !== incarnation && node.pressure > most) most = node.pressure;
    return most;
  }

  /** Notes an entry of a live node; returns by how much, in ms, the time of the log grows. */
  heard(node: LiveNode, { batch, ticks, pressure }: LogEntry): number {
    const passed = Math.max(0, ticks - node.ticks);
    node.batch = batch;
    node.ticks = Math.max(node.ticks, ticks);
    node.pressure = pressure;
    node.silentBeats = 0;
    return node === this.timekeeper ? passed : 0;
  }

  /** Carries out a JOIN. */
  join({ incarnation, batch, ticks, pressure }: LogEntry, body: JoinBody): void {
    const { name, address, rules, isFresh } = body;
    const { beginAnew, onJoined } = this.#options;
    const node = { incarnation, name, address, rules, batch, ticks, pressure, silentBeats: 0 };
    if (isFresh) {
      // All who were there before are out, this node included.
      for (const other of [...this.all()]) this.#gone(other, true);
      if (!beginAnew()) return;
    }
    const refusal = isFresh ? null : this.#refusal(body);
    if (!refusal) this.add(node);
    onJoined(node, refusal);
  }

  /** Carries out a DEAD: it holds if that node's last batch is still the one that it names. */
  declareDead(incarnation: string, batch: number): void {
    const node = this.get(incarnation);
    if (node?.batch === batch) this.#gone(node, true);
  }

  /** Carries out a LEFT. */
  leave(incarnation: string): void {
    const node = this.get(incarnation);
    if (node) this.#gone(node, false);
  }

  /** Reason why a node may not join; null when it may. */
  #refusal({ rules, limits }: JoinBody): string | null {
    // The node that gave the state may have left meanwhile, as the last one.
    const needed = Math.min(RULES_VERSION, ...Array.from(this.all(), (node) => node.rules));
    if (rules < needed) return `its rules are of version ${rules}, and the room's of ${needed}: update it`;
    return unlike(this.#options.limits, limits);
  }

  #gone(node: LiveNode, isDead: boolean): void {
    this.#nodes.delete(node.incarnation);
    this.#options.onGone(node, isDead);
  }
}
