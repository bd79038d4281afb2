/** Records that are for the operator's side and for pages that come back, and what the room asks of these. */

/** Bans as a snapshot has them; what they look like is up to the operator's side. */
export interface SavedBans {
  /** Bans in force. */
  readonly bans: readonly unknown[];
  /** Last change of each, and of those that were lifted; a node of an older version has none to give. */
  readonly banChanges?: readonly unknown[];
}

/** Receiver of such records, at every node. */
export interface ReplicaHooks {
  /** A ban is in force from now on, or is not any more. `isOwn`: this node has asked for it. */
  onBan(ban: unknown, isAdded: boolean, isOwn: boolean): void;
  onNotice(text: string, isOwn: boolean): void;
  /** The operator disconnects a connection of this node. */
  onExpel(session: number): void;
  /** A page leaves its former connection, if that is here. Returns the number of its session; null when it is not here. */
  onLeaveFormer(digest: Uint8Array, site: string): number | null;
  bans(): SavedBans;
  restoreBans(saved: SavedBans): void;
  /** This node has joined: what it writes counts from now on. */
  onLive(): void;
}
