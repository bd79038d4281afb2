/** `/room.json`: what a page asks about a room, before anybody is in it as well. Nothing of it is about clients. */

/** Ports of the native listeners; null for one that is off. */
export interface NativePorts {
  readonly tcp: number | null;
  readonly tcpLong64: number | null;
  readonly tcpTls: number | null;
}

/** Time, in ms, for which a request for a private connection (D15) and a connect_id (D17) wait. */
export interface Lifetimes {
  readonly request: number;
  readonly connectId: number;
}

export interface AboutRoom {
  /** Messages that are kept for those who come later, and for how long, in ms; null when none are. */
  readonly history: { readonly messages: number; readonly age: number } | null;
  /** Address at which native clients connect; null unless the operator has it told. */
  readonly native: (NativePorts & { readonly host: string }) | null;
  /** Null when an older server does not say. */
  readonly lifetimes: Lifetimes | null;
}
