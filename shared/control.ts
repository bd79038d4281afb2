/**
 * The control channel of `chaton.web.v1` (D28): JSON text messages beside the Chaton stream, for what a page needs and
 * the specification has no command for. Native clients never see it, and it never changes a byte of the stream.
 */

/** Subprotocol of a plain byte stream (D24). */
export const SUBPROTOCOL = 'chaton.v1';
/** Subprotocol of the same stream with the control channel beside it (D28). */
export const WEB_SUBPROTOCOL = 'chaton.web.v1';

/** Why the server did not carry out a command that it could read (D5). */
export const IGNORED_REASONS = [
  'not identified',
  'not the own login',
  'to oneself',
  'unknown login',
  'no such request',
  'too many requests',
] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** What the server tells a page. */
export type ControlMessage =
  /**
   * Everyone who is identified, the page itself included; once, behind LOGIN_ACCEPTED. `server` names this run of the
   * server: after a reconnection another name means that what the old one had not dealt with never will be.
   */
  | { readonly type: 'online'; readonly server: string; readonly logins: readonly string[] }
  /** Who left and who joined since; those who left first. */
  | { readonly type: 'presence'; readonly left: readonly string[]; readonly joined: readonly string[] }
  /** The command that ended at byte `end` of what the page sent was not carried out. Before the `ack` that covers it. */
  | { readonly type: 'ignored'; readonly end: number; readonly reason: IgnoredReason }
  /** Of what the page sent, so many bytes are dealt with. */
  | { readonly type: 'ack'; readonly bytes: number };

/** Reads a control message; null for anything else, since what comes over a network is not to be trusted. */
export function parseControl(text: string): ControlMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  const { type, server, logins, left, joined, end, reason, bytes } = value as Record<string, unknown>;
  if (type === 'online' && typeof server === 'string' && isStrings(logins)) return { type, server, logins };
  if (type === 'presence' && isStrings(left) && isStrings(joined)) return { type, left, joined };
  if (type === 'ignored' && isCount(end) && isReason(reason)) return { type, end, reason };
  if (type === 'ack' && isCount(bytes)) return { type, bytes };
  return null;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isReason(value: unknown): value is IgnoredReason {
  return (IGNORED_REASONS as readonly unknown[]).includes(value);
}
