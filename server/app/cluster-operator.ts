/** Carries out at all gateways of a room the operator's actions at one of them. */
import type { Logger } from 'pino';
import { disconnect, enforceBan, listClients, type ClientView } from '../admin/actions.ts';
import type { Ban } from '../admin/ban.ts';
import { keyOfBan } from '../admin/ban.ts';
import type { BanStore } from '../admin/ban-store.ts';
import { meantBy, TooManyBans } from '../admin/bans.ts';
import type { OtherOperators } from '../admin/routes.ts';
import type { Chat } from '../chat/chat.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ReplicaHooks } from '../cluster/operator-records.ts';
import { RecordType } from '../cluster/records.ts';
import type { Replica } from '../cluster/replica.ts';
import type { ResumeRegistry } from '../resume/registry.ts';

/** Questions to another gateway: who is connected to it, how many pages, and whether it can disconnect one (`disconnect 7`). */
const CLIENTS = 'clients';
const PAGES = 'pages';
const DISCONNECT = /^disconnect (\d{1,15})$/;

/** Answers a question that the operator of another gateway asks; null for one that this program does not know. */
export function answerOperators(chat: Chat, question: string): unknown {
  if (question === CLIENTS) return listClients(chat);
  if (question === PAGES) return chat.controlChannels.clients;
  const [, id] = DISCONNECT.exec(question) ?? [];
  return id === undefined ? null : disconnect(chat, Number(id));
}

/** The operators of the other gateways of the room. */
export function othersOf(cluster: Cluster): OtherOperators {
  const { replica, name } = cluster;
  // All gateways that share the secret are of one mind of what an answer looks like.
  const ask = async <T>(question: string) =>
    (await cluster.ask(question)).map(({ node, answer }) => [node, answer as T | null] as const);
  return {
    node: name,
    ban(ban, logins) {
      replica.propose({ type: RecordType.BAN, ban });
      if (logins.length > 0) replica.propose({ type: RecordType.FORGET, logins });
    },
    unban: (ban) => replica.propose({ type: RecordType.UNBAN, ban }),
    notice(text) {
      replica.propose({ type: RecordType.NOTICE, text });
      return ask<number>(PAGES);
    },
    clients: () => ask<ClientView[]>(CLIENTS),
    async disconnect(node, id) {
      const asked = cluster.askOne(`disconnect ${id}`, node);
      if (asked === null) return 'unknown';
      const { answer } = await asked;
      if (answer !== null) return answer === true ? 'disconnected' : 'unknown';
      // The log reaches a gateway that the mesh does not.
      return cluster.expel(node, id) ? 'passed on' : 'unknown';
    },
  };
}

/** Carries out what the operator does at any of the gateways, at this one. */
export class OperatorHooks implements ReplicaHooks {
  chat!: Chat;
  resumeRegistry!: ResumeRegistry;
  readonly #banStore: BanStore;
  readonly #logger: Logger;
  readonly #propose: Replica['propose'];
  /** Bans of the own file that the room has not. */
  #unknownToRoom: readonly Ban[] = [];

  constructor(banStore: BanStore, logger: Logger, propose: Replica['propose']) {
    this.#banStore = banStore;
    this.#logger = logger;
    this.#propose = propose;
  }

  onBan(ban: unknown, isAdded: boolean, isOwn: boolean): void {
    const { kind, value } = ban as Ban;
    if (isAdded && kind === 'login') {
      const isMeant = meantBy({ kind, value });
      this.chat.history.forget((login) => isMeant('', login));
    }
    // At the gateway that the operator asked it is in force already.
    if (isOwn) return;
    this.#apply(ban as Ban, isAdded);
    void this.#banStore.save();
    this.#logger.warn(
      { kind, ...(kind === 'login' && { value }) },
      isAdded ? 'operator of the room: banned' : 'operator of the room: unbanned',
    );
  }

  onNotice(text: string, isOwn: boolean): void {
    if (!isOwn) this.chat.controlChannels.sendNotice(text);
  }

  onExpel(session: number): void {
    disconnect(this.chat, session);
  }

  onLeave(digest: Uint8Array, site: string): number | null {
    return this.resumeRegistry.endFor(digest, site);
  }

  /** Brings the bans of the own file into the room, so that all gateways refuse the same. */
  onLive(): void {
    for (const ban of this.#unknownToRoom) this.#propose({ type: RecordType.BAN, ban });
    this.#unknownToRoom = [];
  }

  bans(): readonly unknown[] {
    return this.#banStore.bans.list();
  }

  /** Takes the bans of the room, and keeps those of its own file. */
  restoreBans(bans: readonly unknown[]): void {
    const own = this.#banStore.bans.list();
    const ofRoom = new Set((bans as readonly Ban[]).map(keyOfBan));
    this.#unknownToRoom = own.filter((ban) => !ofRoom.has(keyOfBan(ban)));
    const known = new Set(own.map(keyOfBan));
    for (const ban of bans as readonly Ban[]) if (!known.has(keyOfBan(ban))) this.#apply(ban, true);
    void this.#banStore.save();
  }

  #apply(ban: Ban, isAdded: boolean): void {
    if (!isAdded) {
      this.#banStore.bans.remove(ban);
      return;
    }
    try {
      const { logins } = enforceBan(this.chat, this.#banStore.bans, ban);
      if (logins.length > 0) this.#propose({ type: RecordType.FORGET, logins });
    } catch (error) {
      if (!(error instanceof TooManyBans)) throw error;
      this.#logger.error({ why: error.message }, 'a ban of the room is not in force here');
    }
  }
}
