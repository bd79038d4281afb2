/** What happens on connections, as log lines and counts. */
import type { Logger } from 'pino';
import { COMMANDS, type LongSize } from '../shared/protocol.ts';
import type { Clock } from './chat/clock.ts';
import type { Observer, Subject } from './chat/observer.ts';
import type { Events } from './metrics/events.ts';
import type { Refusal } from './transport/admission.ts';

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
  const about = ({ id, origin, login }: Subject) => ({ connection: id, transport: origin.transport, login });
  const life = (subject: Subject) => ({
    ...about(subject),
    seconds: Math.round(clock.now() - subject.since) / 1000,
    commands: subject.commands,
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
    heldBack(subject, reason, isNews) {
      events.heldBack.inc({ reason });
      if (isNews) logger.info({ ...about(subject), reason }, 'throttled');
    },
    ended(subject, reason, forCause) {
      if (subject.origin.isProbe) return;
      events.ended.inc({ reason, for_cause: String(forCause) });
      logger.info({ ...life(subject), reason }, forCause ? 'closed for cause' : 'disconnected');
    },
    becameLeg(subject) {
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
    resumeLost(subject, reason) {
      events.resumeLost.inc({ reason });
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
    legEnded(subject, end, relayedBytes) {
      events.legsEnded.inc({ reason: end });
      logger.info({ ...life(subject), reason: end, relayedBytes }, 'private connection: leg ended');
    },
  };
}

/** Counts who is turned away, and says so once a second at most: a flood of connections must not become one of lines. */
export class Refusals {
  readonly #logger: Logger;
  readonly #events: Events;
  readonly #since = new Map<Refusal, number>();

  constructor(logger: Logger, events: Events) {
    this.#logger = logger;
    this.#events = events;
  }

  count(refusal: Refusal): void {
    this.#events.turnedAway.inc({ reason: refusal });
    this.#since.set(refusal, (this.#since.get(refusal) ?? 0) + 1);
  }

  /** To be called every second. */
  report(): void {
    for (const [reason, connections] of this.#since)
      this.#logger.warn({ reason, connections }, 'connections turned away');
    this.#since.clear();
  }
}
