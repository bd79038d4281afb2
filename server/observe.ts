/** What happens on connections, as log lines and counts. */
import type { Logger } from 'pino';
import { COMMANDS } from '../shared/protocol.ts';
import type { Observer, Subject } from './chat/observer.ts';

/** How often each thing happened since the start, by `event` or `event: reason`. */
export type Counts = Map<string, number>;

/**
 * Logs the life of each connection (info) and each ignored command (debug), and counts both by reason (D6).
 * Only ids, logins, addresses and reasons: never message text.
 */
export function observe(logger: Logger, counts: Counts): Observer {
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const about = ({ id, origin, login }: Subject) => ({ connection: id, transport: origin.transport, login });
  return {
    opened(subject) {
      count('opened');
      logger.info({ ...about(subject), address: subject.origin.address }, 'connected');
    },
    identified(subject) {
      count('identified');
      logger.info(about(subject), 'identified');
    },
    refused(subject) {
      count('refused');
      logger.debug(about(subject), 'login refused');
    },
    ignored(subject, opcode, reason) {
      count(`ignored: ${reason}`);
      logger.debug({ ...about(subject), command: COMMANDS[opcode].name, reason }, 'command ignored');
    },
    ended(subject, reason, forCause) {
      count(`${forCause ? 'closed' : 'ended'}: ${reason}`);
      logger.info({ ...about(subject), reason }, forCause ? 'closed for cause' : 'disconnected');
    },
    becameLeg(subject) {
      count('leg connected');
      logger.info(about(subject), 'private connection: leg connected');
    },
    established(first, second) {
      count('relay established');
      logger.info({ connection: second.id, other: first.id }, 'private connection established');
    },
    legEnded(subject, end, relayedBytes) {
      count(`leg ended: ${end}`);
      logger.info({ ...about(subject), reason: end, relayedBytes }, 'private connection: leg ended');
    },
  };
}
