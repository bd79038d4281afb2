/** Jobs of the generator and its answers: one line of JSON each way. */

export type Transport = 'tcp' | 'ws';

/** Protocol spoken with a server; `page` is `chaton` with a control channel, `none` connects and sends nothing. */
export type DialectName = 'chaton' | 'page' | 'redis' | 'nats' | 'mqtt' | 'none';

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

/** Memory of identified, idle connections. */
export interface IdleTask {
  readonly kind: 'idle';
  readonly transport: Transport;
  readonly clients: number;
  /** Spoken instead of what the server otherwise is spoken to with. */
  readonly dialect?: DialectName;
}

/** Clients that come by WebSocket, all at once, and leave all at once. */
export interface StormTask {
  readonly kind: 'storm';
  readonly clients: number;
}

/** A chat at a fixed rate beside relays at full speed. */
export interface BesideTask {
  readonly kind: 'beside';
  readonly relays: number;
  readonly clients: number;
  /** Messages per second. */
  readonly rate: number;
}

/** Two gateways that are one room, or the one that is compared with them: clients of both say something to all. */
export interface ClusterTask {
  readonly kind: 'cluster';
  readonly nodes: 1 | 2;
  readonly clients: number;
  /** Messages per second; null keeps `outstanding` on their way instead. */
  readonly rate: number | null;
  readonly outstanding: number;
}

/** A relay from one gateway to another, beside one within a gateway. */
export interface ClusterRelayTask {
  readonly kind: 'cluster-relay';
  readonly nodes: 2;
}

export type Task =
  | ClusterTask
  | ClusterRelayTask
  | FanoutTask
  | RelayTask
  | BesideTask
  | PrivateTask
  | ConnectTask
  | IdleTask
  | StormTask;

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
