/** Interfaces of a browser client's connection, as the chat sees it: undecided before there is a session, resumable, control channel. */
import type { Client, Source } from './observer.ts';

/** Time of a connection's arrival. */
export interface Arrival {
  /** Time in whole ms of the clock of the rules. */
  readonly since: number;
  /** Time in seconds during which the process was awake. */
  readonly awakeSeconds: number;
}

/** A connection that has said nothing, so that it is not known yet whether it is new: there is no session for it. */
export interface UndecidedConnection {
  readonly source: Source;
  readonly arrival: Arrival;
  /** Makes it a session, for whoever has to deal with it before it says anything. */
  becomeSession(): void;
  /** Ends it because the server goes away. */
  goAway(): void;
}

/** A connection that a browser client may resume after a drop. */
export interface Resumable extends Client {
  /** Notes where its client came back from, and sends that what it may have missed of the control channel. */
  onResumed(source: Source): void;
}

/** The control channel of a browser client (D28). */
export interface ControlChannel {
  /** True while there is a WebSocket. */
  readonly hasTransport: boolean;
  /** Sends a text message, if the client is connected. @param isShared whether many get the very same */
  sendText(text: string, isShared?: boolean): void;
  /** Makes the connection resumable: it is identified, or a relay endpoint. */
  makeResumable(resumable: Resumable, isRelayed: boolean): void;
}
