/** This node's part in a cluster, put together: the replica of the room, its relays, and the life of the node. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Chat, ChatOptions } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Limits } from '../chat/limits/limits.ts';
import { CrossNodeRelays } from './cross-node-relays.ts';
import { Inquiries, type Answer } from './inquiries.ts';
import type { ReplicatedLog } from './replicated-log.ts';
import type { ClusterObserver } from './cluster-observer.ts';
import { Member } from './member.ts';
import type { Mesh } from './mesh.ts';
import { RecordType } from './records.ts';
import type { ReplicaHooks } from './operator-records.ts';
import { Replica } from './replica.ts';

/** Own beats without a word of another node, after which that is declared dead. */
const BEATS_UNTIL_DEAD = 6;

/** Dependencies of a node of a cluster, given from outside. */
export interface ClusterOptions {
  /** Opens the log for a new incarnation of this node: at the start, and each time that it was lost. */
  readonly openLog: () => ReplicatedLog;
  readonly mesh: Mesh;
  /** Name of the node, for people and for pages that come back. */
  readonly name: string;
  /** The secret of all nodes, by which networks are hashed: no address enters the log. */
  readonly secret: Uint8Array;
  readonly beatsUntilDead?: number;
}

export interface ClusterContext {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly observer: ClusterObserver;
  readonly hooks: ReplicaHooks;
  /** Chance for connect_ids, if not the system's. */
  readonly randomId?: () => number;
}

export class Cluster {
  readonly name: string;
  readonly replica: Replica;
  readonly relays: CrossNodeRelays;
  readonly member: Member;
  readonly inquiries: Inquiries;

  constructor(options: ClusterOptions, { limits, clock, observer, hooks, randomId }: ClusterContext) {
    const { openLog, mesh, name, secret, beatsUntilDead = BEATS_UNTIL_DEAD } = options;
    this.name = name;
    this.relays = new CrossNodeRelays(mesh, clock);
    this.replica = new Replica({
      limits,
      hashNetwork: (network) => createHmac('sha256', secret).update(network).digest('hex').slice(0, 16),
      randomId: randomId ?? (() => randomBytes(4).readInt32BE()),
      hooks,
      relays: this.relays,
      onJoined: (node, refusal) => this.member.joined(node, refusal),
      onGone: (node, isDead) => this.member.gone(node, isDead),
      onUnreadable: () =>
        observer.trouble('record', 'a record of the log cannot be read, and is passed over'),
    });
    const { replica } = this;
    this.member = new Member({
      replica,
      openLog,
      name,
      address: mesh.address,
      clock,
      observer,
      beatsUntilDead,
    });
    this.inquiries = new Inquiries(mesh, clock);
    mesh.onHop = (hop, stream) => {
      if (!this.inquiries.isQuestion(hop)) return this.relays.meet(hop, stream, this.member.incarnation);
      this.inquiries.answer(stream);
      return true;
    };
  }

  /** Options of the chat that takes part in it. */
  get chatOptions(): Pick<ChatOptions, 'orderedClock' | 'randomId' | 'onLapse' | 'lagOfAll'> {
    return { ...this.replica.chatOptions, lagOfAll: this.member.lagOfAll };
  }

  /** Asks all other nodes; resolves with what each has answered. */
  ask(question: string): Promise<Answer[]> {
    return this.inquiries.ask(question, this.replica.nodes, this.member.incarnation);
  }

  /** Asks the other node of this name; null when there is none. */
  askOne(question: string, name: string): Promise<Answer> | null {
    const { incarnation } = this.member;
    const node = [...this.replica.nodes.all()].find(
      (other) => other.name === name && other.incarnation !== incarnation,
    );
    return node ? this.inquiries.askOne(question, node, incarnation) : null;
  }

  /** Disconnects a connection of a node, by its name. False when there is no such node. */
  expel(node: string, session: number): boolean {
    for (const { name, incarnation } of this.replica.nodes.all())
      if (name === node) {
        this.replica.propose({ type: RecordType.EXPEL, target: { incarnation, session } });
        return true;
      }
    return false;
  }

  /** Sets the chat, before any connection is accepted. */
  attach(chat: Chat): void {
    this.replica.attach(chat);
  }
}
