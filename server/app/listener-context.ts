/** Context that all listeners share. */
import type { Logger } from 'pino';
import type { OtherOperators } from '../admin/routes.ts';
import type { BanStore } from '../admin/ban-store.ts';
import type { AcceptPolicy } from '../admission/accepted-connection.ts';
import type { Chat } from '../chat/chat.ts';
import type { Config } from '../config/config.ts';
import type { FairQueue } from '../http/fair-queue.ts';
import type { ThrottledLog } from '../log/throttled-log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';
import type { RejectionLog } from './rejection-log.ts';

export interface ListenerContext {
  readonly config: Config;
  readonly logger: Logger;
  /** Log for lines that strangers can cause. */
  readonly throttledLog: ThrottledLog;
  readonly rejections: RejectionLog;
  readonly metrics: Metrics;
  readonly chat: Chat;
  readonly resumeRegistry: ResumeRegistry;
  readonly banStore: BanStore;
  /** The other gateways of the room; null when this is the only one. */
  readonly others: OtherOperators | null;
  /** Reason why no client should come, whatever the listeners do; null for none. */
  readonly verdictOfRoom: () => string | null;
  /** Asks for the stop of this gateway; any number of times. */
  readonly requestDrain: () => void;
  readonly liveness: LivenessMonitor;
  /** Policy by which the listeners of clients accept connections. */
  readonly policy: AcceptPolicy;
  /** Queue in which the requests of all connections take turns. */
  readonly queue: FairQueue;
}
