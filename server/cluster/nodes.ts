/** The live nodes, as the log has them: nodes join, unless their rules are others, leave, and are declared dead. */
import type { LogEntry, PressureLevel } from './replicated-log.ts';
import type { JoinBody } from './records.ts';
import { unlike } from './rule-limits.ts';

/** A live node: one incarnation. All of it but `silentBeats` is the same at every node at the same position. */
export interface LiveNode {
  readonly incarnation: string;
  readonly name: string;
  /** Address of its mesh. */
  readonly address: string;
  readonly rules: number;
  /** Limits that its rules depend on; none where a node of an older version gave the state. */
  readonly limits: Readonly<Record<string, number>>;
  /** Number of its last batch that was applied. */
  batch: number;
  /** Its clock, in ms, in that batch. */
  ticks: number;
  pressure: PressureLevel;
  /** Own beats of the node that counts, since this one was last heard. */
  silentBeats: number;
}

export interface NodesOptions {
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

  /** All but the node of an incarnation, in the order in which they joined. */
  others(incarnation: string | null): LiveNode[] {
    return [...this.all()].filter((node) => node.incarnation !== incarnation);
  }

  /** Of the others, the one of this name that has joined last: one before it may be dead, and not yet declared so. */
  otherNamed(name: string, incarnation: string | null): LiveNode | undefined {
    return this.others(incarnation).findLast((node) => node.name === name);
  }

  add(node: LiveNode): void {
    this.#nodes.set(node.incarnation, node);
  }

  clear(): void {
    this.#nodes.clear();
  }

  /** The node whose clock is that of the log: of all, the one whose incarnation comes first. */
  get #timekeeper(): LiveNode | undefined {
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
    return node === this.#timekeeper ? passed : 0;
  }

  /** Carries out a JOIN. */
  join({ incarnation, batch, ticks, pressure }: LogEntry, body: JoinBody): void {
    const { name, address, rules, limits } = body;
    const node = { incarnation, name, address, rules, limits, batch, ticks, pressure, silentBeats: 0 };
    const refusal = this.#refusal(body);
    if (!refusal) this.add(node);
    this.#options.onJoined(node, refusal);
  }

  /** Carries out a DEAD: it holds if that node's last batch is still the one that it names, by its last 32 bits. */
  declareDead(incarnation: string, batch: number): void {
    const node = this.get(incarnation);
    if (node && node.batch >>> 0 === batch) this.#gone(node, true);
  }

  /** Carries out a NODE_LEFT. */
  declareLeft(incarnation: string): void {
    const node = this.get(incarnation);
    if (node) this.#gone(node, false);
  }

  /**
   * Reason why a node may not join; null when it may. It follows from those that are live, and from nothing of this program: all
   * nodes, of whichever version, have to come to the same, the one that joins included.
   */
  #refusal({ rules, limits }: JoinBody): string | null {
    const nodes = [...this.all()];
    const needed = Math.min(...nodes.map((node) => node.rules));
    // Nobody may be there: the node that gave the state has left meanwhile, as the last one.
    if (nodes.length > 0 && rules < needed)
      return `its rules are of version ${rules}, and the room's of ${needed}: update it`;
    for (const node of nodes) {
      const difference = unlike(node.limits, limits);
      if (difference) return difference;
    }
    return null;
  }

  #gone(node: LiveNode, isDead: boolean): void {
    this.#nodes.delete(node.incarnation);
    this.#options.onGone(node, isDead);
  }
}
