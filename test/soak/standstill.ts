/**
 * Describes a private connection that stands still, by both of its ends and by the system's own view of the connections.
 */
import { spawnSync } from 'node:child_process';
import type { RawConnection } from '../support/raw-connection.ts';
import { ResumingPage } from '../support/resuming-page.ts';

/** Side of a private connection. */
export interface Side {
  readonly endpoint: RawConnection;
  readonly size: number;
  readonly seed: number;
  /** Number of bytes sent, and what the sender is doing. */
  sent: number;
  doing: 'nothing yet' | 'sending' | 'pausing' | 'ended' | 'gave up';
}

/** Progress of a private connection: it grows with all that is sent. */
export function progressOf(sides: readonly Side[]): number {
  return sides.reduce((sum, { sent, endpoint }) => sum + sent - endpoint.waiting, 0);
}

/** State of one side, as it sees it itself. */
export function describe({ endpoint, size, sent, doing }: Side): string {
  const { connection, inbox } = endpoint;
  const words = [
    endpoint instanceof ResumingPage ? `page (${endpoint.state})` : endpoint.kind,
    `sent ${sent} of ${size}, ${doing}`,
  ];
  words.push(`${endpoint.waiting} waiting`, inbox.ended ? 'heard the end' : 'heard no end');
  if (!connection) return [...words, 'no connection'].join(', ');
  const { bytesWritten, bytesRead, writableLength, readableLength, destroyed, localPort, remotePort } =
    connection;
  words.push(`TCP ${localPort} to ${remotePort}: wrote ${bytesWritten}, read ${bytesRead}`);
  words.push(`queued ${writableLength} to write, ${readableLength} to be read`);
  return [...words, connection.isPaused() ? 'paused' : 'flowing', destroyed ? 'destroyed' : 'open'].join(
    ', ',
  );
}

/** State of both ends of these connections in the system: a full Recv-Q belongs to a process that does not read. */
export function systemSays(sides: readonly Side[]): string {
  const ports = sides.flatMap(({ endpoint }) => endpoint.connection?.localPort ?? []);
  if (ports.length === 0) return '';
  const filter = ports.map((port) => `sport = :${port} or dport = :${port}`).join(' or ');
  const { stdout, error } = spawnSync('ss', ['-tanmo', `( ${filter} )`], { encoding: 'utf8' });
  return error ? `\n  (ss: ${error.message})` : `\n${stdout.trimEnd()}`;
}
