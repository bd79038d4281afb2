/** Joins the parts of a gateway that is one of several; loaded only when it is (`--cluster`). */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import { Cluster } from '../cluster/cluster.ts';
import { JetStreamLog } from '../cluster/jetstream/jetstream-log.ts';
import { deriveKey } from '../cluster/hops/secret.ts';
import { TcpMesh } from '../cluster/hops/tcp-mesh.ts';
import type { HopOutcome } from '../../shared/protocol/reasons.ts';
import type { ClusterObserver } from '../cluster/cluster-observer.ts';
import { JoinRefused, type Member } from '../cluster/member.ts';
import { TransientError, type Config } from '../config/config.ts';
import { readEngineCredentials } from '../config/engine-credentials.ts';
import { OF_MACHINE } from '../config/settings.ts';
import { collectCluster, countClusterEvents, type ClusterEvents } from '../metrics/cluster.ts';
import type { OtherNodes, ResumeRegistry } from '../resume/registry.ts';
import { readClusterFiles, readEngineCertificate } from './files.ts';
import { answerOperators, OperatorHooks, othersOf } from './cluster-operator.ts';
import type { ListenerContext } from './listener-context.ts';
import { listenOn } from './ports.ts';

/** Time, in ms, that a page which comes back waits at most until another gateway says what became of its connection there. */
const FORMER_TIME = 2_000;

export interface ClusterContext extends Pick<
  ListenerContext,
  'config' | 'logger' | 'throttledLog' | 'metrics' | 'banStore' | 'liveness'
> {
  readonly clock: Clock;
}

/** This process as one of the gateways of a room. */
export type ThisNode = Awaited<ReturnType<typeof openCluster>>;

/** Opens the mesh port, and prepares the rest. Throws a ConfigError when the port or a file cannot be had. */
export async function openCluster(context: ClusterContext) {
  const { config, clock, metrics, logger } = context;
  const secret = readClusterFiles(config);
  const events = countClusterEvents(metrics.registry);
  const mesh = (await listenOn('meshPort', config, (where) =>
    listenForNodes(where, secret, context, events),
  ))!;
  const hooks = new OperatorHooks(context.banStore, logger, (record) => replica.propose(record));
  const name = nodeName(config);
  const cluster = new Cluster({
    openLog: logsFor(context, name, events),
    mesh,
    name,
    secret: deriveKey(secret, config.clusterRoom, 'networks'),
    beatsUntilDead: config.clusterLease,
    limits: config.limits,
    clock,
    observer: observeNodes(context, events),
    hooks,
  });
  const { member, replica, relays } = cluster;
  collectCluster(member, relays, metrics.registry);
  const resume: OtherNodes = {
    node: name,
    leaveFormer: (session, digest, site) => replica.leaveFormer(session, digest, site, FORMER_TIME),
  };
  return {
    /** Options by which the rules of the chat take part in the order of the room. */
    chatOptions: {
      ...cluster.chatOptions,
      // A page that comes back at another gateway comes to the same server: what the one before had not acknowledged may have been heard.
      instance: deriveKey(secret, config.clusterRoom, 'instance').toString('hex', 0, 8),
    },
    /** Options by which pages that come back find what they had at another gateway. */
    resume,
    /** Sets the chat, before any client comes. */
    attach(chat: Chat, resumeRegistry: ResumeRegistry) {
      replica.attach(chat);
      hooks.chat = chat;
      hooks.resumeRegistry = resumeRegistry;
      cluster.inquiries.onQuestion = (question) => answerOperators(chat, question);
    },
    join: () => join(member, config, logger),
    /** Passes on what the operator does here to the other gateways. */
    otherOperators: othersOf(cluster, context.banStore.bans, hooks, clock),
    /** Reason why no client should come; null when it is ready. */
    get verdict() {
      return member.verdict;
    },
    /** Leaves the room, once all clients are gone. */
    async leaveRoom() {
      await member.leaveRoom();
      mesh.close();
    },
  };
}

/**
 * Joins the room; resolves when clients may come. It waits as long as the engine is not there. Throws a TransientError
 * when the room does not take this gateway.
 */
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

/** Opens a log for each incarnation of this gateway. */
function logsFor(
  { config, clock, logger }: ClusterContext,
  node: string,
  events: ClusterEvents,
): () => JetStreamLog {
  // Read once for all logs: files that are no good any more must not keep the gateway from joining anew.
  const { clusterCredentialsFile: file } = config;
  const credentials = renewed(logger, 'credentials', () =>
    file === null ? null : readEngineCredentials(file),
  );
  const certificate = renewed(logger, 'certificate', () => readEngineCertificate(config));
  return () =>
    new JetStreamLog({
      servers: config.cluster!,
      room: config.clusterRoom,
      node,
      replicas: config.clusterReplicas,
      credentials,
      caFile: config.clusterCa,
      certificate,
      holdAfter: config.clusterHold,
      giveUpAfter: config.clusterGiveUp,
      clock,
      logger,
      onTrouble: () => events.troubles.inc({ kind: 'engine' }),
    });
}

/** Reads files anew for each connection, so that they can be changed; what they held before, where that fails. Null for none. */
function renewed<T>(logger: Logger, what: string, read: () => T | null): (() => T) | null {
  let last = read();
  if (last === null) return null;
  return () => {
    try {
      last = read() ?? last;
    } catch (error) {
      logger.warn({ why: (error as Error).message }, `the ${what} for the engine cannot be read again`);
    }
    return last!;
  };
}

function listenForNodes(
  where: { readonly host: string; readonly port: number },
  secret: string,
  { config, liveness, throttledLog: lines, logger }: ClusterContext,
  events: ClusterEvents,
): Promise<TcpMesh> {
  return TcpMesh.listen({
    ...where,
    advertise: config.meshAdvertise,
    hostname: hostname(),
    key: deriveKey(secret, config.clusterRoom, 'hops'),
    monitor: liveness,
    report(outcome, address, words) {
      events.hops.inc({ outcome });
      if (isFault(outcome)) lines.say('warn', { outcome }, `mesh: ${words}`, { address });
      else logger.debug({ address }, `mesh: ${words}`);
    },
  });
}

function isFault(outcome: HopOutcome): boolean {
  return outcome !== 'dialled' && outcome !== 'accepted' && outcome !== 'not local';
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
function observeNodes(
  { logger, throttledLog: lines }: ClusterContext,
  events: ClusterEvents,
): ClusterObserver {
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
      events.losses.inc({ reason });
      logger.error(
        { reason },
        'this gateway has left the room: all its clients are sent away, and it joins anew',
      );
    },
    refused: (why) => logger.error({ why }, 'the room does not take this gateway'),
    trouble(kind, why) {
      events.troubles.inc({ kind });
      lines.say(
        'warn',
        { kind },
        kind === 'name'
          ? 'two gateways of the room have one name: give each a --cluster-node of its own, unless one of them is gone'
          : kind === 'join'
            ? 'an attempt to join the room has failed, and is repeated'
            : 'a record of the log cannot be read, and is passed over',
        { why },
      );
    },
  };
}
