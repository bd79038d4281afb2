/**
 * The control channel of `chaton.web.v1` (D28): JSON text messages beside the Chaton stream, for what a page needs and
 * the specification has no command for. Native clients never see it, and it never changes a byte of the stream.
 */

/** Subprotocol of a plain byte stream (D24). */
export const SUBPROTOCOL = 'chaton.v1';
/** Subprotocol of the same stream with the control channel beside it (D28). */
export const WEB_SUBPROTOCOL = 'chaton.web.v1';

/** A control message of the server. */
export type ControlMessage =
  /**
   * Everyone who is identified, the page itself included; behind LOGIN_ACCEPTED, and anew after a resume. `server` names
   * this run of the server, and is the same at all gateways of a cluster. What one had not acknowledged may have been heard, even
   * if another is there by now, unless it went away in good order.
   * With `more`, the rest comes in `also-online`, as the page takes it, and no `presence` before the last part.
   */
  | {
      readonly type: 'online';
      readonly server: string;
      readonly logins: readonly string[];
      readonly more?: true;
    }
  | { readonly type: 'also-online'; readonly logins: readonly string[]; readonly more?: true }
  /** Logins that left and that joined since; those that left come first. */
  | { readonly type: 'presence'; readonly left: readonly string[]; readonly joined: readonly string[] }
  /** The command that ended at byte `end` of what the page sent was ignored. Before the `ack` that covers it. */
  | { readonly type: 'ignored'; readonly end: number; readonly reason: string }
  /** Acknowledges what the page sent: so many bytes are handled. */
  | { readonly type: 'ack'; readonly bytes: number }
  /**
   * This connection can be resumed: it is identified, or a relay endpoint. `token` is to be shown then, within `grace` ms of the
   * drop. The page answers with `received`. `node` names the node of a cluster that can resume it: the page asks for it by
   * `?node=`, so that a proxy may send it there.
   */
  | { readonly type: 'session'; readonly token: string; readonly grace: number; readonly node?: string }
  /** Count of what came from the page, the end of writing counting one: on a relay endpoint, and to answer `ping`. */
  | Received
  /**
   * The connection goes on over this socket, from byte `received` of what the page sent. The old token is good until the
   * page has answered with `received`, since this may be lost.
   */
  | { readonly type: 'resumed'; readonly received: number; readonly token: string }
  /** The connection does not go on: this socket is a new one. The reason is a `ResumeFailure`, for people. */
  | { readonly type: 'lost'; readonly reason: string }
  /** Messages to everyone from before the client came, the oldest first, where the operator has them kept. */
  | { readonly type: 'history'; readonly messages: readonly HistoryMessage[] }
  /** The client is throttled: what it sends is read later, and none of it is lost. */
  | { readonly type: 'throttled' }
  /** The LOGIN_REFUSED that comes next is the operator's doing: the login is banned. */
  | { readonly type: 'refused'; readonly reason: 'banned' }
  /** Something the operator of the server wants everyone to read. */
  | { readonly type: 'notice'; readonly text: string };

/** A message to everyone, said `age` ms ago. */
export interface HistoryMessage {
  readonly login: string;
  readonly text: string;
  readonly age: number;
  /** True for the last one before its login was taken anew: by the same person or another. */
  readonly retaken?: boolean;
}

/** A control message of a browser client. */
export type PageMessage =
  /** Count of what came from the server, the end of writing counting one. Answers `session` and `resumed`. */
  | Received
  /** Resumes the connection of this token, of which the page got `received`; first on a new socket. */
  | { readonly type: 'resume'; readonly token: string; readonly received: number }
  /** Ends the connection of this token, as a page does that was loaded again; first on a new socket. */
  | { readonly type: 'leave'; readonly token: string }
  /** Asks for a sign of life: the server answers with `received`, once a second at most. */
  | { readonly type: 'ping' };

interface Received {
  readonly type: 'received';
  readonly bytes: number;
}

/** Longest control message of a page, in characters. */
export const MAX_PAGE_MESSAGE = 256;

/** Reads a control message; null for anything else, since what comes over a network is not to be trusted. */
export function parseControl(text: string): ControlMessage | null {
  const { type, server, logins, left, joined, end, reason, bytes, token, grace, received, ...more } =
    fieldsOf(text);
  const isPart = more['more'] === true && { more: true as const };
  if (type === 'online' && typeof server === 'string' && isStrings(logins))
    return { type, server, logins, ...isPart };
  if (type === 'also-online' && isStrings(logins)) return { type, logins, ...isPart };
  if (type === 'presence' && isStrings(left) && isStrings(joined)) return { type, left, joined };
  if (type === 'ignored' && isCount(end) && typeof reason === 'string') return { type, end, reason };
  if ((type === 'ack' || type === 'received') && isCount(bytes)) return { type, bytes };
  if (type === 'session' && typeof token === 'string' && isCount(grace))
    return { type, token, grace, ...(typeof more['node'] === 'string' && { node: more['node'] }) };
  if (type === 'resumed' && typeof token === 'string' && isCount(received)) return { type, received, token };
  if (type === 'lost' && typeof reason === 'string') return { type, reason };
  if (type === 'history' && isHistory(more['messages'])) return { type, messages: more['messages'] };
  if (type === 'throttled') return { type };
  if (type === 'refused' && reason === 'banned') return { type, reason };
  if (type === 'notice' && typeof more['text'] === 'string') return { type, text: more['text'] };
  return null;
}

/** Writes a control message of the server. */
export function encodeControl(message: ControlMessage): string {
  return JSON.stringify(message);
}

/** Reads a control message of a browser client; null for anything else. */
export function parsePageMessage(text: string): PageMessage | null {
  if (text.length > MAX_PAGE_MESSAGE) return null;
  const { type, bytes, token, received } = fieldsOf(text);
  if (type === 'received' && isCount(bytes)) return { type, bytes };
  if (type === 'resume' && typeof token === 'string' && isCount(received)) return { type, token, received };
  if (type === 'leave' && typeof token === 'string') return { type, token };
  if (type === 'ping') return { type };
  return null;
}

/** Fields of a text in JSON, whatever they are; none of a text that is no JSON. */
export function fieldsOf(text: string): Record<string, unknown> {
  try {
    // A value without fields has none of ours.
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isHistory(value: unknown): value is HistoryMessage[] {
  return (
    Array.isArray(value) &&
    value.every((item) => {
      const { login, text, age, retaken = true } = Object(item) as Record<string, unknown>;
      return typeof login === 'string' && typeof text === 'string' && isCount(age) && retaken === true;
    })
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
