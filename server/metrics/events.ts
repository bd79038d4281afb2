/** Counters of what happens now and then (D6): of connections incremented by the event log, of all else where it happens. */
import type { Registry } from 'prom-client';
import { COMMANDS, isSentBy, type CommandEntry } from '../../shared/protocol/commands.ts';
import {
  EARLY_END_REASONS,
  END_REASONS,
  IGNORED_REASONS,
  OPERATOR_REJECTIONS,
  REJECTION_REASONS,
  RELAY_END_REASONS,
  RESUME_FAILURES,
  THROTTLE_REASONS,
  UPGRADE_REJECTIONS,
  endsByServer,
  type EndReason,
} from '../../shared/protocol/reasons.ts';
import { TRANSPORTS } from '../chat/environment/observer.ts';
import { CounterOf } from './counter-of.ts';

/** Counters of events; what happens for every command or delivery is counted by the rules instead. */
export type Events = ReturnType<typeof countEvents>;

/** The commands that a client may send, which alone can be ignored. */
const FROM_CLIENTS: readonly CommandEntry['name'][] = COMMANDS.filter((command) =>
  isSentBy('client', command),
).map(({ name }) => name);

/** One counter for each kind of event, all of them in the registry at 0. */
export function countEvents(registry: Registry) {
  const plain = (name: string, help: string) => new CounterOf(registry, name, help, {});
  const counter = <L extends Record<string, readonly (string | number)[]>>(
    name: string,
    help: string,
    labels: L,
  ) => new CounterOf(registry, name, help, labels);
  return {
    opened: counter('chaton_connections_opened_total', 'Connections accepted.', { transport: TRANSPORTS }),
    ended: endings(registry),
    logins: counter('chaton_logins_total', 'LOGIN commands answered.', { outcome: ['accepted', 'refused'] }),
    ignored: counter(
      'chaton_commands_ignored_total',
      'Commands that could be read and were not carried out.',
      { command: FROM_CLIENTS, reason: IGNORED_REASONS },
    ),
    throttled: counter('chaton_clients_throttled_total', 'Times that a client was throttled.', {
      reason: THROTTLE_REASONS,
    }),
    detached: plain(
      'chaton_resumable_connections_detached_total',
      'Connections of pages that dropped and were kept to be resumed.',
    ),
    resumed: plain('chaton_resumable_connections_resumed_total', 'Connections that their page resumed.'),
    resumesFailed: counter(
      'chaton_resumes_failed_total',
      'Dropped connections of pages that were not kept any longer, and pages that asked for one in vain.',
      { reason: RESUME_FAILURES },
    ),
    resumeMemoryFull: plain(
      'chaton_resume_memory_full_total',
      'Times that the retransmit buffers of all pages together reached --max-resume-total.',
    ),
    rejected: counter('chaton_connections_rejected_total', 'Connections that were not let in.', {
      reason: REJECTION_REASONS,
    }),
    upgradesRejected: counter(
      'chaton_upgrades_rejected_total',
      'Upgrades to WebSocket that were rejected for what they asked.',
      { reason: UPGRADE_REJECTIONS },
    ),
    endedEarly: counter(
      'chaton_connections_ended_early_total',
      'Connections that ended, or were ended, before they had said what they want.',
      { reason: EARLY_END_REASONS },
    ),
    established: plain('chaton_relays_established_total', 'Private connections established.'),
    wrongPort: counter(
      'chaton_wrong_port_total',
      'Connections of clients that seem to write LONG on so many bytes, on a port that is for the other width.',
      { long_bytes: [4, 8] as const },
    ),
    endpointsEnded: counter(
      'chaton_relay_endpoints_ended_total',
      'Connections that ended as one side of a private connection.',
      { reason: RELAY_END_REASONS },
    ),
    failures: counter(
      'chaton_http_failures_total',
      'Requests answered 5xx, but for /readyz: by the page or the operator’s listener.',
      // Others come when they come.
      { listener: ['page', 'operator'] as const, status: [500, 503] as readonly number[] },
    ),
    operatorRejected: counter(
      'chaton_operator_requests_rejected_total',
      'Requests to the operator’s listener that were not let in.',
      { reason: OPERATOR_REJECTIONS },
    ),
    certificateFailures: plain(
      'chaton_certificate_failures_total',
      'Times that a changed certificate could not be used; the one before stays.',
    ),
    stateFailures: plain(
      'chaton_state_file_failures_total',
      'Times that the state file could not be written, or not be read whole.',
    ),
  };
}

/** Ended connections by reason; each reason has one value of `by_server`, which alerts go by. */
function endings(registry: Registry) {
  const counter = new CounterOf(
    registry,
    'chaton_connections_ended_total',
    'Connections that speak commands that ended; by_server: the server ended them for what the client did.',
    { reason: END_REASONS, by_server: ['true', 'false'] },
    ({ reason, by_server: byServer }) => byServer === String(endsByServer(reason)),
  );
  return {
    inc: (reason: EndReason) => counter.inc({ reason, by_server: endsByServer(reason) ? 'true' : 'false' }),
  };
}
