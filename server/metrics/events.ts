/** What happens now and then on connections, counted where it happens (D6). */
import { Counter, type Registry } from 'prom-client';

/** Counters of events; what happens for every command or delivery is tallied by the rules instead. */
export type Events = ReturnType<typeof countEvents>;

export function countEvents(registry: Registry) {
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  return {
    opened: counter('chaton_connections_opened_total', 'Connections accepted.', 'transport'),
    ended: counter(
      'chaton_connections_ended_total',
      'Connections that speak commands that ended; for_cause: the server ended them for what the client did.',
      'reason',
      'for_cause',
    ),
    logins: counter('chaton_logins_total', 'LOGIN commands answered.', 'outcome'),
    ignored: counter(
      'chaton_commands_ignored_total',
      'Commands that could be read and were not carried out.',
      'command',
      'reason',
    ),
    throttled: counter(
      'chaton_clients_held_back_total',
      'Times a client was not read for a while.',
      'reason',
    ),
    detached: counter('chaton_pages_detached_total', 'Connections of pages that dropped and were kept.'),
    resumed: counter('chaton_pages_resumed_total', 'Connections that their page came back to.'),
    resumeLost: counter(
      'chaton_pages_lost_total',
      'Connections of pages that were not kept any longer, and pages that came back in vain.',
      'reason',
    ),
    turnedAway: counter(
      'chaton_connections_turned_away_total',
      'Connections that were not let in.',
      'reason',
    ),
    refusedUpgrades: counter(
      'chaton_upgrades_refused_total',
      'Upgrades to WebSocket that were refused for what they asked.',
      'reason',
    ),
    endedEarly: counter(
      'chaton_connections_ended_early_total',
      'Connections that ended, or were ended, before they had said what they want.',
      'reason',
    ),
    established: counter('chaton_relays_established_total', 'Private connections established.'),
    wrongPort: counter(
      'chaton_wrong_port_total',
      'Connections of clients that seem to write LONG on so many bytes, on a port that is for the other width.',
      'long_bytes',
    ),
    legsEnded: counter(
      'chaton_relay_legs_ended_total',
      'Connections that ended as one side of a private connection.',
      'reason',
    ),
    failures: counter(
      'chaton_http_failures_total',
      'Requests answered 5xx: by the page or the operator’s listener.',
      'listener',
      'status',
    ),
    operatorRefused: counter(
      'chaton_operator_requests_refused_total',
      'Requests to the operator’s listener that were not let in.',
      'reason',
    ),
    certificateFailures: counter(
      'chaton_certificate_failures_total',
      'Times that a changed certificate could not be used; the one before stays.',
    ),
    stateFailures: counter('chaton_state_file_failures_total', 'Times the state file could not be written.'),
  };
}
