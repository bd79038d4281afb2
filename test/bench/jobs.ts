/** What the generator is asked to measure, and what it answers: one line of JSON each way. */

export type Transport = 'tcp' | 'ws';

/** What is spoken with a server; `none` connects and says nothing. */
export type DialectName = 'chaton' | 'redis' | 'nats' | 'mqtt' | 'none';

/** Ports of one server on this machine. A proxy forwards what comes to its own to `sink`, where the generator listens. */
export interface Ports {
  readonly tcp: number;
  readonly ws: number;
  readonly sink: number;
}

/** A running server. */
export interface Target {
  readonly pid: number;
  readonly ports: Ports;
  readonly dialect: DialectName;
}

/** Everyone in one room; some post, all hear it. */
export interface FanoutTask {
  readonly kind: 'fanout';
  /** `mixed`: every other client comes by WebSocket. */
  readonly transport: Transport | 'mixed';
  readonly clients: number;
  /** Messages per second; null keeps a fixed number on their way instead, and so finds the server's limit. */
  readonly rate: number | null;
}

/** One stream of bytes through the server, as fast as it goes. */
export interface RelayTask {
  readonly kind: 'relay';
  readonly from: Transport;
  readonly to: Transport;
}

/** One stream through a private connection of which a real page is one side, beside a bare WebSocket of that page. */
export interface PrivateTask {
  readonly kind: 'private';
  /** `up` is from the page to a native client. */
  readonly direction: 'up' | 'down';
  /** Round trip of the way to the page, in ms. */
  readonly delay: number;
}

/** Connections made one after the other, login included, several at a time. */
export interface ConnectTask {
  readonly kind: 'connect';
  readonly transport: Transport;
  readonly clients: number;
}

/** Memory of connections that are identified and then silent. */
export interface IdleTask {
  readonly kind: 'idle';
  readonly transport: Transport;
  readonly clients: number;
}

export type Task = FanoutTask | RelayTask | PrivateTask | ConnectTask | IdleTask;

export interface Job<T extends Task = Task> {
  readonly task: T;
  readonly target: Target;
  /** Length of the measurement; what comes before and after it is not in it. */
  readonly seconds: number;
  /** Number of this measurement, so that no two use the same logins. */
  readonly run: number;
}

/** What was measured, by name. The names say their units; see `tables.ts`. */
export type Figures = Readonly<Record<string, number>>;
