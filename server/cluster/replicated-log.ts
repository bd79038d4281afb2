/**
 * The replicated log of a room: one total order of records, written by every node and applied by every node alike. Any
 * engine with one order of entries can carry it; the rules of the cluster are behind this interface and do not know it.
 */
import type { LossReason } from '../../shared/protocol/reasons.ts';

/** Lag of a node's clients, as the other nodes see it, by the levels of `LagMonitor`: none, some, high; 3 counts as high. */
export type PressureLevel = 0 | 1 | 2 | 3;

/** One entry of the log: the batch of records that a node wrote in one turn of its event loop, maybe empty (a beat). */
export interface LogEntry {
  /** Position in the log, from 1; every node sees every position once, in this order. */
  readonly position: number;
  /** Incarnation of the node that wrote it: 16 hex digits, never reused. */
  readonly incarnation: string;
  /** Number of the batch, from 1, one more than the last of the same incarnation: it counts only if it is. */
  readonly batch: number;
  /** Time, in ms, during which the writer ran. */
  readonly ticks: number;
  readonly pressure: PressureLevel;
  /** Records, in order; opaque to the log. They are valid until the handler returns. */
  readonly records: readonly Uint8Array[];
}

/** Handlers of a log; they are called in order and never within a call of `propose`. */
export interface LogHandlers {
  /** An entry that counts is applied: once each, in order of their positions, this node's own included. */
  onEntry(entry: LogEntry): void;
  /** Nothing that this node wrote has come back for a while (true), or it has again (false): reads are to be paused. */
  onStalled(isStalled: boolean): void;
  /** The node has left the log for good; no entry follows. */
  onLost(reason: LossReason): void;
}

/** A log that this process takes part in as one incarnation of a node. */
export interface ReplicatedLog {
  /** This incarnation: 16 hex digits. */
  readonly incarnation: string;
  /**
   * Adds a record to the batch of this turn. It counts when it comes back by `onEntry`; coming back is its
   * acknowledgement. The bytes are copied.
   */
  propose(record: Uint8Array): void;
  /** Sets the lag of this node's clients, as the next batch says it. */
  setPressure(pressure: PressureLevel): void;
  /**
   * Age, in ms, of the oldest batch that has not come back, or for which this node has not heard what is stored, as far as it
   * knows; 0 when it is neither.
   */
  readonly oldestInFlight: number;
  /** Position of the last entry applied. */
  readonly position: number;
  /** Times that batches were sent again, since the start. */
  readonly resent: number;
  /**
   * Joins: subscribes, asks a live node for a snapshot, and applies from behind it. Resolves with the snapshot, null
   * when nobody gave one and this node has founded the room, by which all others are fenced; whoever joins has to restore the
   * state in that turn: entries follow in the next one. It waits as long as the engine is not there.
   */
  join(handlers: LogHandlers): Promise<Uint8Array | null>;
  /** Sets the function that makes a snapshot of the state at `position`, for nodes that join, or null to give none: once, behind `join`. */
  serveSnapshot(make: () => Uint8Array | null): void;
  /** Leaves: what was proposed is still sent, then the connection to the engine is closed. */
  close(): Promise<void>;
}

/** The writing side of the log, for one incarnation of a node. */
export type Writer = Pick<ReplicatedLog, 'incarnation' | 'propose'>;
