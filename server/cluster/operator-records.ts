/** Carries out the records that the operator's side writes, and what the room asks of it. */
import type { MessageHistory } from '../chat/delivery/message-history.ts';
import { RecordType, type LogRecord } from './records.ts';

/** Bans as a snapshot has them; what they look like is up to the operator's side. */
export interface SavedBans {
  /** Bans in force. */
  readonly bans: readonly unknown[];
  /** Last change of each, and of those that were lifted; a node of an older version has none to give. */
  readonly banChanges?: readonly unknown[];
}

/** Records that are for the operator's side and for pages that come back, at every node. */
export interface ReplicaHooks {
  /** A ban is in force from now on, or is not any more. `isOwn`: this node has asked for it. */
  onBan(ban: unknown, isAdded: boolean, isOwn: boolean): void;
  onNotice(text: string, isOwn: boolean): void;
  /** The operator disconnects a connection of this node. */
  onExpel(session: number): void;
  /** A page leaves its former connection, if that is here. Returns the number of its session; null when it is not here. */
  onLeave(digest: Uint8Array, site: string): number | null;
  bans(): SavedBans;
  restoreBans(saved: SavedBans): void;
  /** This node has joined: what it writes counts from now on. */
  onLive(): void;
}

type OperatorRecord = Extract<
  LogRecord,
  {
    readonly type:
      | typeof RecordType.BAN
      | typeof RecordType.UNBAN
      | typeof RecordType.NOTICE
      | typeof RecordType.FORGET;
  }
>;

export function carryOutForOperator(
  record: OperatorRecord,
  isOwn: boolean,
  hooks: ReplicaHooks,
  history: MessageHistory,
): void {
  switch (record.type) {
    case RecordType.BAN:
    case RecordType.UNBAN:
      hooks.onBan(record.ban, record.type === RecordType.BAN, isOwn);
      break;
    case RecordType.NOTICE:
      hooks.onNotice(record.text, isOwn);
      break;
    case RecordType.FORGET: {
      const logins = new Set(record.logins);
      history.forget((login) => logins.has(login));
    }
  }
}
