/** Carries out at all gateways of a room the operator's actions at one of them. */
import type { Logger } from 'pino';
import { disconnect, enforceBan, listClients, type ClientView } from '../admin/actions.ts';
import * as v from 'valibot';
import { banChangeSchema, keyOfBan, type BanChange } from '../admin/ban.ts';
import { winsOver } from '../admin/ban-changes.ts';
import type { BanStore } from '../admin/ban-store.ts';
import { Bans, meantBy, TooManyBans } from '../admin/bans.ts';
import type { OtherOperators } from '../admin/routes.ts';
import type { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ReplicaHooks, SavedBans } from '../cluster/replica-hooks.ts';
import { RecordType } from '../cluster/records.ts';
import type { Replica } from '../cluster/replica.ts';
import type { ResumeRegistry } from '../resume/registry.ts';

/** Questions to another gateway: who is connected to it, how many pages, and whether it can disconnect one (`disconnect 7`). */
const CLIENTS = 'clients';
const PAGES = 'pages';
const DISCONNECT = /^disconnect (\d{1,15})$/;

/** Logins of one record: some 40 KB. */
const LOGINS_PER_RECORD = 1_000;

/** Time, in ms, in which a notice has to come back through the log; else nobody knows who is going to have it. */
const NOTICE_TIME = 2_000;

/** Reason why a ban is not in force that has come a moment ago. */
const OVER = 'it is over by the clock of this gateway: set the clocks of all of them';

/** Answers a question that the operator of another gateway asks; null for one that this program does not know. */
export function answerOperators(chat: Chat, question: string): unknown {
  if (question === CLIENTS) return listClients(chat);
  if (question === PAGES) return chat.controlChannels.clients;
  const [, id] = DISCONNECT.exec(question) ?? [];
  return id === undefined ? null : disconnect(chat, Number(id));
}

/** The operators of the other gateways of the room. */
export function othersOf(cluster: Cluster, bans: Bans, hooks: OperatorHooks, clock: Clock): OtherOperators {
  const { replica, name } = cluster;
  // All gateways that share the secret are of one mind of what an answer looks like.
  const ask = async <T>(question: string) =>
    (await cluster.inquiries.ask(question)).map(({ node, answer }) => [node, answer as T | null] as const);
  return {
    node: name,
    ban(ban, logins) {
      replica.propose({ type: RecordType.BAN, ban: { ...bans.changeOf(ban), ...ban } });
      proposeForgetting(logins, (record) => replica.propose(record));
    },
    unban: (ban) => replica.propose({ type: RecordType.UNBAN, ban: bans.changeOf(ban) ?? ban }),
    async notice(text) {
      // Outside of the room there is nobody to tell.
      if (!replica.hasPart) return [];
      const cameBack = hooks.noticeComesBack(text, clock);
      replica.propose({ type: RecordType.NOTICE, text });
      const [isOut, pages] = await Promise.all([cameBack, ask<number>(PAGES)]);
      return isOut ? pages : pages.map(([node]) => [node, null] as const);
    },
    clients: () => ask<ClientView[]>(CLIENTS),
    async disconnect(node, id) {
      const asked = cluster.inquiries.askOne(`disconnect ${id}`, node);
      if (asked === null) return 'unknown';
      const { answer } = await asked;
      if (answer !== null) return answer === true ? 'disconnected' : 'unknown';
      // The log reaches a gateway that the mesh does not.
      return cluster.expel(node, id) ? 'passed on' : 'unknown';
    },
  };
}

/** Has all gateways forget what these said. A ban may mean everyone who is there, and a record has a size. */
function proposeForgetting(logins: readonly string[], propose: Replica['propose']): void {
  for (let from = 0; from < logins.length; from += LOGINS_PER_RECORD)
    propose({ type: RecordType.FORGET, logins: logins.slice(from, from + LOGINS_PER_RECORD) });
}

/** Takes a change into the bans as the log has them. @param until end of the ban; null when it is lifted */
function take(room: Bans, change: BanChange, until: number | null): void {
  if (until === null) {
    room.remove(change, change);
    return;
  }
  try {
    room.add({ ...change, until }, change);
  } catch (error) {
    // It is said where the bans in force here have no room either.
    if (!(error instanceof TooManyBans)) throw error;
  }
}

/** Carries out what the operator does at any of the gateways, at this one. */
export class OperatorHooks implements ReplicaHooks {
  chat!: Chat;
  resumeRegistry!: ResumeRegistry;
  readonly #banStore: Pick<BanStore, 'bans' | 'save'>;
  readonly #logger: Pick<Logger, 'warn' | 'error'>;
  readonly #propose: Replica['propose'];
  /**
   * Bans as the log of the room has them: a gateway that joins by this one gets these, and not what the operator has changed
   * here and the log has not brought back. That may never come, and nobody would bring it in who takes it for known.
   */
  #ofRoom: Bans | null = null;
  /** Notices of this gateway's operator that are on their way through the log. */
  readonly #notices = new Set<{ readonly text: string; readonly arrive: () => void }>();

  constructor(
    banStore: Pick<BanStore, 'bans' | 'save'>,
    logger: Pick<Logger, 'warn' | 'error'>,
    propose: Replica['propose'],
  ) {
    this.#banStore = banStore;
    this.#logger = logger;
    this.#propose = propose;
    banStore.bans.keepChanges();
  }

  onBan(record: unknown, isAdded: boolean, isOwn: boolean): void {
    const { success, output: change } = v.safeParse(banChangeSchema, record);
    if (!success) {
      this.#logger.warn({}, 'a ban of the room cannot be read, and is passed over');
      return;
    }
    const { kind, value } = change;
    const until = isAdded ? change.until : null;
    const room = this.#bansOfRoom();
    if (room.isOutdatedBy(change, until)) take(room, change, until);
    if (isAdded && kind === 'login') {
      const isMeant = meantBy(change);
      this.chat.history.forget((login) => isMeant('', login));
    }
    // At the gateway that the operator asked it is in force already.
    if (!this.#banStore.bans.isOutdatedBy(change, until)) return;
    this.#apply(change, until);
    void this.#banStore.save();
    if (isOwn) return;
    this.#logger.warn(
      { kind, ...(kind === 'login' && { value }) },
      isAdded ? 'operator of the room: banned' : 'operator of the room: unbanned',
    );
  }

  onNotice(text: string, isOwn: boolean): void {
    if (!isOwn) this.chat.controlChannels.sendNotice(text);
    else for (const notice of this.#notices) if (notice.text === text) notice.arrive();
  }

  /** Resolves with true when a notice of this gateway has come back, as all others have it then; with false when it has not in time. */
  async noticeComesBack(text: string, clock: Pick<Clock, 'after'>): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const notice = { text, arrive: () => resolve(true) };
    this.#notices.add(notice);
    const cancel = clock.after(NOTICE_TIME, () => resolve(false));
    const isThere = await promise;
    cancel();
    this.#notices.delete(notice);
    return isThere;
  }

  onExpel(session: number): void {
    disconnect(this.chat, session);
  }

  onLeaveFormer(digest: Uint8Array, site: string): number | null {
    return this.resumeRegistry.endFor(digest, site);
  }

  /** Brings into the room what its own file or its operator has changed later than the room knows, and what is new to it. */
  onLive(): void {
    const { bans } = this.#banStore;
    bans.stampNew();
    void this.#banStore.save();
    const room = this.#bansOfRoom();
    const inForce = new Map(bans.list().map((ban) => [keyOfBan(ban), ban]));
    for (const change of bans.changes() ?? []) {
      if (!winsOver(bans.stateOf(change), room.stateOf(change))) continue;
      const ban = inForce.get(keyOfBan(change));
      this.#propose({ type: ban ? RecordType.BAN : RecordType.UNBAN, ban: { ...change, ...ban } });
    }
  }

  bans(): SavedBans {
    const room = this.#bansOfRoom();
    room.forgetEnded();
    return { bans: room.list(), banChanges: room.changes() ?? [] };
  }

  /** Takes the bans of the room, but for those of which the own file has a later change. */
  restoreBans(saved: SavedBans): void {
    const read = (records: readonly unknown[] = []) =>
      records.flatMap((record) => {
        const { success, output } = v.safeParse(banChangeSchema, record);
        return success ? [output] : [];
      });
    const changes = new Map(read(saved.banChanges).map((change) => [keyOfBan(change), change]));
    const inForce = new Map(read(saved.bans).map((ban) => [keyOfBan(ban), ban]));
    const { bans } = this.#banStore;
    this.#ofRoom = new Bans(inForce.values(), bans.now, [...changes.values()]);
    // Bans that end come first: there may be no more room for those that begin.
    for (const [key, change] of changes)
      if (!inForce.has(key) && bans.isOutdatedBy(change, null)) this.#apply(change, null);
    for (const [key, ban] of inForce) {
      const change = { ...ban, changed: 0, ...changes.get(key) };
      if (bans.isOutdatedBy(change, ban.until)) this.#apply(change, ban.until);
    }
    void this.#banStore.save();
  }

  /** A gateway that founds the room gives it its own bans. */
  #bansOfRoom(): Bans {
    const { bans } = this.#banStore;
    if (this.#ofRoom === null) bans.stampNew();
    return (this.#ofRoom ??= new Bans(bans.list(), bans.now, bans.changes() ?? []));
  }

  /** @param until end of the ban; null when it is lifted */
  #apply(change: BanChange, until: number | null): void {
    const { bans } = this.#banStore;
    if (until === null) {
      bans.remove(change, change);
      return;
    }
    // The gateway that had it let nothing out that was over: the two clocks are not one.
    if (until <= bans.now()) this.#notInForce(OVER);
    try {
      const { logins } = enforceBan(this.chat, bans, { ...change, until }, change);
      proposeForgetting(logins, this.#propose);
    } catch (error) {
      if (!(error instanceof TooManyBans)) throw error;
      this.#notInForce(error.message);
    }
  }

  #notInForce(why: string): void {
    this.#logger.error({ why }, 'a ban of the room is not in force here');
  }
}
