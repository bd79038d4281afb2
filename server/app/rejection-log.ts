/** Logs and counts connections that never got as far as the rules. */
import type { Logger } from 'pino';
import type { Events } from '../metrics/events.ts';
import type { EarlyEndReason, RejectionReason, UpgradeRejection } from '../../shared/protocol/reasons.ts';

/** The kinds of lines, with the level of each. */
const LINES = {
  rejected: { level: 'warn', text: 'connections rejected' },
  upgradeRejected: { level: 'warn', text: 'WebSocket upgrades rejected' },
  endedEarly: { level: 'info', text: 'connections ended early' },
  // Load balancers check all the time whether somebody listens.
  nothingCame: { level: 'debug', text: 'connections ended early' },
} as const;
type Kind = keyof typeof LINES;

/**
 * Counts who is rejected, or gone too early, and logs each reason once a second at most: a flood of connections must not
 * become one of lines.
 */
export class RejectionLog {
  readonly #logger: Logger;
  readonly #events: Events;
  /** Rejections that are not logged yet, by reason; none is of two kinds. */
  readonly #pending = new Map<string, { kind: Kind; about: object; connections: number }>();

  constructor(logger: Logger, events: Events) {
    this.#logger = logger;
    this.#events = events;
  }

  rejected(reason: RejectionReason): void {
    this.#events.rejected.inc({ reason });
    this.#add('rejected', { reason });
  }

  /** @param about what one of them was like, for the line */
  rejectedUpgrade(reason: UpgradeRejection, about: object): void {
    this.#events.upgradesRejected.inc({ reason });
    this.#add('upgradeRejected', { reason, ...about });
  }

  endedEarly(reason: EarlyEndReason): void {
    this.#events.endedEarly.inc({ reason });
    this.#add(reason === 'nothing came' ? 'nothingCame' : 'endedEarly', { reason });
  }

  /** Writes the lines since the last report. To be called every second. */
  report(): void {
    for (const { kind, about, connections } of this.#pending.values()) {
      const { level, text } = LINES[kind];
      this.#logger[level]({ ...about, connections }, text);
    }
    this.#pending.clear();
  }

  #add(kind: Kind, about: { readonly reason: string }): void {
    const { connections = 0 } = this.#pending.get(about.reason) ?? {};
    this.#pending.set(about.reason, { kind, about, connections: connections + 1 });
  }
}
