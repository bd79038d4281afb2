/** What happens on connections, as log lines and counts. */
import type { Logger } from 'pino';
import { COMMANDS, type LongSize } from '../../shared/protocol/commands.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Observer, Client } from '../chat/environment/observer.ts';
import type { Events } from '../metrics/events.ts';
import {
  endsByServer,
  type EarlyEndReason,
  type RejectionReason,
  type UpgradeRejection,
} from '../../shared/protocol/reasons.ts';

/** The port for native clients that write LONG on so many bytes; null when there is none. */
export type PortFor = (longSize: LongSize) => number | null;

/**
 * Logs the life of each connection (info) and each ignored command (debug), and counts both by reason (D6).
 * Only ids, logins, addresses and reasons: never message text.
 */
export function observe(
  logger: Logger,
  events: Events,
  clock: Pick<Clock, 'now'>,
  portFor: PortFor,
): Observer {
  const about = ({ id, origin, login }: Client) => ({ connection: id, transport: origin.transport, login });
  const life = (subject: Client) => ({
    ...about(subject),
    seconds: Math.round(clock.now() - subject.since) / 1000,
    commands: subject.commandCount,
  });
  return {
    opened(subject) {
      if (subject.origin.isProbe) {
        logger.debug(about(subject), 'probe connected');
        return;
      }
      events.opened.inc({ transport: subject.origin.transport });
      logger.info({ ...about(subject), address: subject.origin.address }, 'connected');
    },
    identified(subject) {
      events.logins.inc({ outcome: 'accepted' });
      logger.info(about(subject), 'identified');
    },
    refused(subject) {
      if (subject.origin.isProbe) return;
      events.logins.inc({ outcome: 'refused' });
      logger.debug(about(subject), 'login refused');
    },
    ignored(subject, opcode, reason) {
      const command = COMMANDS[opcode].name;
      events.ignored.inc({ command, reason });
      logger.debug({ ...about(subject), command, reason }, 'command ignored');
    },
    throttled(subject, reason, isNews) {
      events.throttled.inc({ reason });
      if (isNews) logger.info({ ...about(subject), reason }, 'throttled');
    },
    ended(subject, reason) {
      if (subject.origin.isProbe) return;
      events.ended.inc(reason);
      logger.info(
        { ...life(subject), reason },
        endsByServer(reason) ? 'closed by the server' : 'disconnected',
      );
    },
    endpointOpened(subject) {
      logger.info(about(subject), 'private connection: leg connected');
    },
    established(first, second) {
      events.established.inc();
      logger.info({ connection: second.id, other: first.id }, 'private connection established');
    },
    detached(subject) {
      events.detached.inc();
      logger.info(about(subject), 'page dropped, may come back');
    },
    resumed(subject) {
      events.resumed.inc();
      logger.info(about(subject), 'page came back');
    },
    resumeFailed(subject, reason) {
      events.resumesFailed.inc({ reason });
      logger.info({ ...about(subject), reason }, 'page cannot come back');
    },
    wrongLongSize(subject, writes) {
      events.wrongPort.inc({ long_bytes: writes });
      const flag = writes === 8 ? '--tcp-long64-port' : '--tcp-port';
      const port = portFor(writes);
      logger.info(
        { ...about(subject), ...(port !== null && { port }) },
        `this client seems to write LONG on ${writes} bytes, and its port is for ${subject.origin.longSize}: ` +
          `private connections will fail; ${port === null ? `start with ${flag}` : `it should use port ${port} (${flag})`}`,
      );
    },
    endpointEnded(subject, end, relayedBytes) {
      events.endpointsEnded.inc({ reason: end });
      logger.info({ ...life(subject), reason: end, relayedBytes }, 'private connection: leg ended');
    },
  };
}

/** Lines that are gathered: what they say, and how much they weigh. */
const GATHERED = {
  turnedAway: { level: 'warn', text: 'connections turned away' },
  refusedUpgrade: { level: 'warn', text: 'WebSocket upgrades refused' },
  endedEarly: { level: 'info', text: 'connections ended before they said what they want' },
  // Load balancers look so whether somebody listens, all the time.
  nothingCame: { level: 'debug', text: 'connections ended before they said what they want' },
} as const;
type Gathered = keyof typeof GATHERED;

/**
 * Counts who is turned away, refused, or gone too early, and says so once a second at most: a flood of connections must
 * not become one of lines.
 */
export class RejectionLog {
  readonly #logger: Logger;
  readonly #events: Events;
  /** By reason; none is of two kinds. */
  readonly #since = new Map<string, { kind: Gathered; about: object; connections: number }>();

  constructor(logger: Logger, events: Events) {
    this.#logger = logger;
    this.#events = events;
  }

  count(refusal: RejectionReason): void {
    this.#events.rejected.inc({ reason: refusal });
    this.#gather('turnedAway', { reason: refusal });
  }

  /** @param about what one of them was like, for the line */
  rejectedUpgrade(reason: UpgradeRejection, about: object): void {
    this.#events.upgradesRejected.inc({ reason });
    this.#gather('refusedUpgrade', { reason, ...about });
  }

  endedEarly(reason: EarlyEndReason): void {
    this.#events.endedEarly.inc({ reason });
    this.#gather(reason === 'nothing came' ? 'nothingCame' : 'endedEarly', { reason });
  }

  /** To be called every second. */
  report(): void {
    for (const { kind, about, connections } of this.#since.values()) {
      const { level, text } = GATHERED[kind];
      this.#logger[level]({ ...about, connections }, text);
    }
    this.#since.clear();
  }

  #gather(kind: Gathered, about: { readonly reason: string }): void {
    const { connections = 0 } = this.#since.get(about.reason) ?? {};
    this.#since.set(about.reason, { kind, about, connections: connections + 1 });
  }
}
