/** The live nodes, as the log has them: who has joined and is neither dead nor left. */
import type { LogEntry, PressureLevel } from './replicated-log.ts';

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

export class Nodes {
  readonly #nodes = new Map<string, LiveNode>();

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

  delete(incarnation: string): void {
    this.#nodes.delete(incarnation);
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
}
