/** This node's part in a cluster, put together: the replica of the room, its relays, and the life of the node. */
import { createHmac, randomBytes } from 'node:crypto';
import type { ChatOptions } from '../chat/chat.ts';
import { CrossNodeRelays } from './cross-node-relays.ts';
import { Inquiries } from './inquiries.ts';
import { Member, type MemberOptions } from './member.ts';
import type { Mesh } from './mesh.ts';
import { RecordType } from './records.ts';
import { Replica, type ReplicaOptions } from './replica.ts';

/** Dependencies of a node of a cluster, given from outside. */
export interface ClusterOptions
  extends Omit<MemberOptions, 'replica' | 'address'>, Pick<ReplicaOptions, 'limits' | 'hooks'> {
  readonly mesh: Mesh;
  /** The secret of all nodes, by which networks are hashed: no address enters the log. */
  readonly secret: Uint8Array;
  /** Chance for connect_ids, if not the system's. */
  readonly randomId?: () => number;
}

export class Cluster {
  readonly name: string;
  readonly replica: Replica;
  readonly relays: CrossNodeRelays;
  readonly member: Member;
  readonly inquiries: Inquiries;

  constructor(options: ClusterOptions) {
    const { mesh, secret, clock, observer } = options;
    this.name = options.name;
    this.relays = new CrossNodeRelays(mesh, clock);
    this.replica = new Replica({
      randomId: () => randomBytes(4).readInt32BE(),
      ...options,
      hashNetwork: (network) => createHmac('sha256', secret).update(network).digest('hex').slice(0, 16),
      relays: this.relays,
      onJoined: (node, refusal) => this.member.nodeJoined(node, refusal),
      onGone: (node, isDead) => this.member.nodeGone(node, isDead),
      onUnreadable: () =>
        observer.trouble('record', 'a record of the log cannot be read, and is passed over'),
    });
    this.member = new Member({ ...options, replica: this.replica, address: mesh.address });
    const { nodes } = this.replica;
    this.inquiries = new Inquiries({ mesh, clock, nodes, own: () => this.member.incarnation });
    mesh.onHop = (hop, stream) => {
      const { incarnation } = this.member;
      if (!this.inquiries.isQuestion(hop)) return this.relays.meet(hop, stream, incarnation);
      // One that was for the node that was here before has no answer: this one is asked as well.
      if (hop.first.incarnation !== incarnation) return false;
      this.inquiries.answer(stream);
      return true;
    };
  }

  /** Options of the chat that takes part in it. */
  get chatOptions(): Pick<ChatOptions, 'orderedClock' | 'randomId' | 'onLapse' | 'lagOfAll'> {
    return { ...this.replica.chatOptions, lagOfAll: this.member.lagOfAll };
  }

  /** Disconnects a connection of another node, by its name. False when there is no such node. */
  expel(node: string, session: number): boolean {
    const target = this.replica.nodes.otherNamed(node, this.member.incarnation);
    if (!target) return false;
    const { incarnation } = target;
    this.replica.propose({ type: RecordType.EXPEL, target: { incarnation, session } });
    return true;
  }
}
