/** Logs and counts what the rules report: the life of each connection. */
import type { Logger } from 'pino';
import { COMMANDS, type LongSize } from '../../shared/protocol/commands.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Observer, Client } from '../chat/environment/observer.ts';
import type { Events } from '../metrics/events.ts';
import { endsByServer } from '../../shared/protocol/reasons.ts';

interface ObserveOptions {
  readonly logger: Logger;
  readonly events: Events;
  readonly clock: Pick<Clock, 'now'>;
  /** The port for native clients that write LONG on so many bytes; null when there is none. */
  readonly portFor: (longSize: LongSize) => number | null;
  /** Called with the address of each client that is identified. */
  readonly onLogin: (address: string) => void;
}

/**
 * Logs the life of each connection (info) and each ignored command (debug), and counts both by reason (D6).
 * Only ids, logins, addresses and reasons: never message text.
 */
export function observe({ logger, events, clock, portFor, onLogin }: ObserveOptions): Observer {
  const about = ({ id, source, login }: Client) => ({
    connection: id,
    transport: source.transport,
    login,
  });
  // Whoever did wrong is looked for by login; a client that has none, by its address.
  const offender = (subject: Client) => ({
    ...about(subject),
    ...(subject.login === null && { address: subject.source.address }),
  });
  const life = (subject: Client) => ({
    ...about(subject),
    seconds: Math.round(clock.now() - subject.since) / 1000,
    commands: subject.commandCount,
  });
  return {
    opened(subject) {
      if (subject.source.isProbe) {
        logger.debug(about(subject), 'readiness probe connected');
        return;
      }
      events.opened.inc({ transport: subject.source.transport });
      logger.info({ ...about(subject), address: subject.source.address }, 'connected');
    },
    identified(subject) {
      events.logins.inc({ outcome: 'accepted' });
      logger.info(about(subject), 'identified');
      onLogin(subject.source.address);
    },
    refused(subject, reason) {
      if (subject.source.isProbe) return;
      events.logins.inc({ outcome: 'refused' });
      logger.debug({ ...offender(subject), reason }, 'login refused');
    },
    ignored(subject, opcode, reason) {
      const command = COMMANDS[opcode].name;
      events.ignored.inc({ command, reason });
      logger.debug({ ...offender(subject), command, reason }, 'command ignored');
    },
    throttled(subject, reason, isNews) {
      events.throttled.inc({ reason });
      if (isNews) logger.info({ ...about(subject), reason }, 'throttled');
    },
    ended(subject, reason, rule) {
      if (subject.source.isProbe) return;
      events.ended.inc(reason);
      const ended = { ...life(subject), reason, rule };
      if (endsByServer(reason)) logger.info({ ...offender(subject), ...ended }, 'closed by the server');
      else logger.info(ended, 'disconnected');
    },
    endpointOpened(subject) {
      logger.info(about(subject), 'relay endpoint connected');
    },
    established(subject, other) {
      events.established.inc();
      logger.info({ connection: subject.id, other }, 'private connection established');
    },
    detached(subject) {
      events.detached.inc();
      logger.info(about(subject), 'connection detached');
    },
    resumed(subject) {
      events.resumed.inc();
      logger.info(about(subject), 'connection resumed');
    },
    resumeFailed(subject, reason) {
      events.resumesFailed.inc({ reason });
      logger.info({ ...about(subject), reason }, 'resume failed');
    },
    resumeMemoryFull(used, limit) {
      events.resumeMemoryFull.inc();
      logger.warn(
        { used, limit },
        'retransmit buffers full: private connections of pages are slower, and pages that miss more cannot resume',
      );
    },
    wrongLongSize(subject, writes) {
      events.wrongPort.inc({ long_bytes: writes });
      const flag = writes === 8 ? '--tcp-long64-port' : '--tcp-port';
      const port = portFor(writes);
      logger.info(
        { ...about(subject), ...(port !== null && { port }) },
        `this client seems to write LONG on ${writes} bytes, and its port is for ${subject.source.longSize}: ` +
          `private connections will fail; ${port === null ? `start with ${flag}` : `it should use port ${port} (${flag})`}`,
      );
    },
    endpointEnded(subject, reason, relayedBytes, rule) {
      events.endpointsEnded.inc({ reason });
      logger.info({ ...life(subject), reason, rule, relayedBytes }, 'relay endpoint ended');
    },
  };
}
