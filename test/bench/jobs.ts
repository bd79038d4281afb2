/** Jobs of the generator and its answers: one line of JSON each way. */

export type Transport = 'tcp' | 'ws';

/** Protocol spoken with a server; `none` connects and sends nothing. */
export type DialectName = 'chaton' | 'redis' | 'nats' | 'mqtt' | 'none';

/** Ports of one server on this machine. A proxy forwards its own port to `sink`, where the generator listens. */
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

/** Fan-out: everyone is in one room, some post, and all receive it. */
export interface FanoutTask {
  readonly kind: 'fanout';
  /** Transport of the clients; with `mixed` every other client comes by WebSocket. */
  readonly transport: Transport | 'mixed';
  readonly clients: number;
  /** Messages per second; null keeps a fixed number on their way instead, and so finds the server's limit. */
  readonly rate: number | null;
}

/** Relay: one stream of bytes through the server at full speed. */
export interface RelayTask {
  readonly kind: 'relay';
  readonly from: Transport;
  readonly to: Transport;
}

/** Connections made one after the other, login included, several at a time. */
export interface ConnectTask {
  readonly kind: 'connect';
  readonly transport: Transport;
  readonly clients: number;
}

/** Memory of identified, idle connections. */
export interface IdleTask {
  readonly kind: 'idle';
  readonly transport: Transport;
  readonly clients: number;
}

export type Task = FanoutTask | RelayTask | ConnectTask | IdleTask;

export interface Job<T extends Task = Task> {
  readonly task: T;
  readonly target: Target;
  /** Length of the measurement in seconds, warm-up and last deliveries excluded. */
  readonly seconds: number;
  /** Number of this measurement, so that no two use the same logins. */
  readonly run: number;
}

/** Figures by name. The names say their units; see `tables.ts`. */
export type Figures = Readonly<Record<string, number>>;
