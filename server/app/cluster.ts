/** Joins the parts of a gateway that is one of several; loaded only when it is (`--cluster`). */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { disconnect, listClients, enforceBan, type ClientView } from '../admin/actions.ts';
import type { OtherOperators } from '../admin/routes.ts';
import { keyOfBan, type Ban } from '../admin/ban.ts';
import type { BanStore } from '../admin/ban-store.ts';
import { TooManyBans } from '../admin/bans.ts';
import type { Chat, ChatOptions } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import { Cluster } from '../cluster/cluster.ts';
import { JetStreamLog } from '../cluster/engine/jetstream-log.ts';
import { deriveKey } from '../cluster/hops/secret.ts';
import { TcpMesh, type HopOutcome } from '../cluster/hops/tcp-mesh.ts';
import { JoinRefused, type ClusterObserver, type Member } from '../cluster/member.ts';
import { RecordType } from '../cluster/records.ts';
import type { ReplicaHooks } from '../cluster/replica.ts';
import { TransientError, type Config } from '../config/config.ts';
import { OF_MACHINE } from '../config/settings.ts';
import type { ThrottledLog } from '../log/throttled-log.ts';
import { collectCluster, type ClusterEvents, type ClusterFigures } from '../metrics/cluster.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { OtherNodes, ResumeRegistry } from '../resume/registry.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';
import { readClusterFiles, readSecret } from './files.ts';
import { listenOn } from './ports.ts';

/** Time, in ms, that a page which comes back waits at most for the end of what it had at another gateway. */
const FORMER_TIME = 2_000;
/** Question of who is connected to a gateway. */
const CLIENTS = 'clients';

export interface ClusterContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly throttledLog: ThrottledLog;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly banStore: BanStore;
  readonly liveness: LivenessMonitor;
}

/** This process as one of the gateways of a room. */
export interface ClusterNode {
  /** Options by which the rules of the chat take part in the order of the room. */
  readonly chatOptions: Pick<ChatOptions, 'orderedClock' | 'randomId' | 'onLapse' | 'lagOfAll'>;
  /** Options by which pages that come back find what they had at another gateway. */
  readonly resume: OtherNodes;
  /** Sets the chat, before any client comes. */
  attach(chat: Chat, resumeRegistry: ResumeRegistry): void;
  /**
   * Joins the room; resolves when clients may come. It waits as long as the engine is not there. Throws a TransientError
   * when the room does not take this gateway.
   */
  join(): Promise<void>;
  /** Passes on what the operator does here to the other gateways. */
  readonly otherOperators: OtherOperators;
  /** Why no client should come; null when it is ready. */
  readonly verdict: string | null;
  announceDrain(): void;
  /** Leaves the room, once all clients are gone. */
  stop(): Promise<void>;
}

/** Opens the mesh port, and prepares the rest. Throws a ConfigError when the port or a file cannot be had. */
export async function openCluster(context: ClusterContext): Promise<ClusterNode> {
  const { config, clock, metrics, logger } = context;
  readClusterFiles(config);
  const secret = readSecret(config.clusterSecretFile!);
  const mesh = (await listenOn('meshPort', config, (where) =>
    listenForNodes(where, secret, context, () => events),
  ))!;
  const hooks = new OperatorHooks(context.banStore, logger);
  const name = nodeName(config);
  const options = {
    openLog: () => openLog(context, name),
    mesh,
    name,
    secret: deriveKey(secret, config.clusterRoom, 'networks'),
    lease: config.clusterLease,
  };
  const observer = observe(logger, () => events);
  const cluster = new Cluster(options, { limits: config.limits, clock, observer, hooks });
  const { member, replica, relays } = cluster;
  const figures = (): ClusterFigures => ({
    position: member.position,
    oldestInFlight: member.oldestInFlight,
    resent: member.resent,
    members: member.state === 'live' ? replica.nodes.size : 0,
    hops: relays.hops,
    isReady: member.verdict === null,
  });
  const events: ClusterEvents = metrics.extend((registry) => collectCluster(figures, registry));
  return {
    chatOptions: cluster.chatOptions,
    resume: {
      node: name,
      leave: (session, digest, site) =>
        replica.leaveFormer(session, digest, site, (giveUp) => clock.after(FORMER_TIME, giveUp)),
    },
    attach(chat, resumeRegistry) {
      cluster.attach(chat);
      hooks.chat = chat;
      hooks.resumeRegistry = resumeRegistry;
      cluster.inquiries.onQuestion = (question) => (question === CLIENTS ? listClients(chat) : null);
    },
    join: () => join(member, config, logger),
    otherOperators: {
      ban: (ban) => replica.propose({ type: RecordType.BAN, ban }),
      unban: (ban) => replica.propose({ type: RecordType.UNBAN, ban }),
      notice: (text) => replica.propose({ type: RecordType.NOTICE, text }),
      node: name,
      clients: () => clientsOfOthers(cluster),
      disconnect: (node, id) => cluster.expel(node, id),
    },
    get verdict() {
      return member.verdict;
    },
    announceDrain: () => member.announceDrain(),
    async stop() {
      await member.stop();
      await mesh.close();
    },
  };
}

async function clientsOfOthers(cluster: Cluster): Promise<Array<readonly [string, ClientView[] | null]>> {
  const answers = await cluster.ask(CLIENTS);
  // All gateways that share the secret are of one mind of what a client looks like.
  return answers.map(({ node, answer }) => [node, answer as ClientView[] | null]);
}

async function join(member: Member, { cluster, clusterRoom }: Config, logger: Logger): Promise<void> {
  logger.info({ room: clusterRoom, engine: cluster }, 'joining the room');
  try {
    await member.start();
  } catch (error) {
    // It was stopped before it had joined.
    if (member.state === 'stopped') return new Promise(() => {});
    if (error instanceof JoinRefused)
      throw new TransientError(`the room ${clusterRoom} does not take this gateway: ${error.message}`);
    throw error;
  }
}

function openLog({ config, clock, logger }: ClusterContext, node: string): JetStreamLog {
  return new JetStreamLog({
    servers: config.cluster!,
    room: config.clusterRoom,
    node,
    replicas: config.clusterReplicas,
    credentialsFile: config.clusterCredentialsFile,
    caFile: config.clusterCa,
    holdAfter: config.clusterHold,
    giveUpAfter: config.clusterGiveUp,
    clock,
    logger,
  });
}

function listenForNodes(
  where: { readonly host: string; readonly port: number },
  secret: string,
  { config, liveness, throttledLog: lines, logger }: ClusterContext,
  events: () => ClusterEvents,
): Promise<TcpMesh> {
  return TcpMesh.listen({
    ...where,
    advertise: config.meshAdvertise,
    hostname: hostname(),
    key: deriveKey(secret, config.clusterRoom, 'hops'),
    monitor: liveness,
    report(outcome, address, words) {
      events().hops.inc({ outcome });
      if (isFault(outcome)) lines.say('warn', { outcome }, `mesh: ${words}`, { address });
      else logger.debug({ address }, `mesh: ${words}`);
    },
  });
}

function isFault(outcome: HopOutcome): boolean {
  return outcome !== 'dialled' && outcome !== 'accepted';
}

/** Name of this gateway: that of the machine, as far as it can be a part of a subject, unless another one is set. */
function nodeName({ clusterNode }: Config): string {
  if (clusterNode !== OF_MACHINE) return clusterNode;
  const name = hostname()
    .split('.', 1)[0]!
    .replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return name.slice(0, 32) || 'gateway';
}

/** Logs and counts the life of the nodes. */
function observe(logger: Logger, events: () => ClusterEvents): ClusterObserver {
  return {
    joined: ({ name, incarnation }, members) =>
      logger.info({ node: name, incarnation, members }, 'a gateway has joined the room'),
    gone({ name, incarnation }, isDead, members) {
      const about = { node: name, incarnation, members };
      if (isDead) logger.warn(about, 'a gateway is dead: its logins are free');
      else logger.info(about, 'a gateway has left the room');
    },
    stalled: (isStalled) =>
      isStalled
        ? logger.warn('the engine does not answer: clients are not read until it does')
        : logger.info('the engine answers again: clients are read'),
    lost(reason) {
      events().losses.inc({ reason });
      logger.error(
        { reason },
        'this gateway has left the room: all its clients are sent away, and it joins anew',
      );
    },
    refused: (why) => logger.error({ why }, 'the room does not take this gateway'),
  };
}

/** Carries out what the operator does at any of the gateways, at this one. */
class OperatorHooks implements ReplicaHooks {
  chat!: Chat;
  resumeRegistry!: ResumeRegistry;
  readonly #banStore: BanStore;
  readonly #logger: Logger;

  constructor(banStore: BanStore, logger: Logger) {
    this.#banStore = banStore;
    this.#logger = logger;
  }

  onBan(ban: unknown, isAdded: boolean, isOwn: boolean): void {
    // At the gateway that the operator asked it is in force already.
    if (isOwn) return;
    this.#apply(ban as Ban, isAdded);
    void this.#banStore.save();
    const { kind, value } = ban as Ban;
    this.#logger.warn(
      { kind, value },
      isAdded ? 'operator of the room: refused' : 'operator of the room: let in again',
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

  bans(): readonly unknown[] {
    return this.#banStore.bans.list();
  }

  /** Takes the bans of the room, and keeps those of its own file. */
  restoreBans(bans: readonly unknown[]): void {
    const known = new Set(this.#banStore.bans.list().map(keyOfBan));
    for (const ban of bans as readonly Ban[]) if (!known.has(keyOfBan(ban))) this.#apply(ban, true);
    void this.#banStore.save();
  }

  #apply(ban: Ban, isAdded: boolean): void {
    try {
      if (isAdded) enforceBan(this.chat, this.#banStore.bans, ban);
      else this.#banStore.bans.remove(ban);
    } catch (error) {
      if (!(error instanceof TooManyBans)) throw error;
      this.#logger.error({ why: error.message }, 'a ban of the room is not in force here');
    }
  }
}
