/** A browser's WebSocket before its first message, which says whether it begins a connection or resumes one (D28). */
import { parsePageMessage, type PageMessage } from '../../shared/protocol/control.ts';
import type { EarlyEndReason, ResumeFailure } from '../../shared/protocol/reasons.ts';
import { GOING_AWAY } from '../../shared/protocol/closes.ts';
import type { StreamHandler } from '../../shared/stream/byte-stream.ts';
import type { Chat } from '../chat/chat.ts';
import type { Arrival, UndecidedConnection } from '../chat/environment/browser-connection.ts';
import type { Source } from '../chat/environment/observer.ts';
import type { Session } from '../chat/session.ts';
import type { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import { ResumableConnection, type ResumeContext } from './resumable-connection.ts';

/** Tells why a connection that is there cannot go on behind so many bytes: they are kept no longer, or it never wrote them. */
function reasonNotToResume({ stream }: ResumableConnection, received: number): ResumeFailure {
  return received > stream.written ? 'unknown' : 'too much';
}

/** Services that an undecided WebSocket needs of the {@link ResumeRegistry} that accepted it. */
export interface UndecidedContext extends ResumeContext {
  /** Finds the connection that a token is for, or the reason why there is none. */
  find(token: string, site: string): ResumableConnection | ResumeFailure;
  /** Ends the connection of this token if it is at another node of the cluster; the new session is held meanwhile. */
  leaveElsewhere(session: Session, token: string, site: string): void;
  /** Reports a WebSocket that is gone, or was closed by the stop, before its first message. */
  endedEarly(source: Source, reason: EarlyEndReason): void;
}

/**
 * A browser's WebSocket before its first message: there is no session, nothing is logged or counted as connected. A `resume`
 * hands the WebSocket to the connection of its token. Anything else, binary or text, makes it a session, and so does
 * what the log has to name somebody for: a broken rule of WebSocket, a flood of pings, the end of its time (D7).
 */
export class UndecidedWebSocket implements StreamHandler, UndecidedConnection {
  readonly source: Source;
  readonly arrival: Arrival;
  readonly #chat: Chat;
  readonly #context: UndecidedContext;
  readonly #transport: WebSocketStream;
  readonly #site: string;
  #isDecided = false;

  /** @param site the Origin that the browser named; only pages from there can resume its connections */
  constructor(
    chat: Chat,
    context: UndecidedContext,
    transport: WebSocketStream,
    source: Source,
    site: string,
  ) {
    this.#chat = chat;
    this.#context = context;
    this.#transport = transport;
    this.source = source;
    this.#site = site;
    this.arrival = chat.arrival;
    transport.attach(this);
    transport.onText = (text) => this.#onText(text);
  }

  becomeSession(): void {
    this.#becomeNew();
  }

  goAway(): void {
    if (this.#isDecided) return;
    this.#decide();
    this.#context.endedEarly(this.source, 'nothing came');
    this.#transport.close(GOING_AWAY[0], GOING_AWAY[2]);
  }

  onData(bytes: Uint8Array): void {
    if (!this.#isDecided) this.#becomeNew().connection.stream.onData(bytes);
  }

  onEnd(): void {
    if (!this.#isDecided) this.#becomeNew().connection.stream.onEnd();
  }

  onWritable(): void {
    // Nothing was written.
  }

  onThrottled(): void {
    if (!this.#isDecided) this.#becomeNew().connection.stream.onThrottled();
  }

  onFault(reason: string): void {
    if (!this.#isDecided) this.#becomeNew().connection.stream.onFault(reason);
  }

  onClose(): void {
    if (this.#isDecided) return;
    this.#decide();
    this.#context.endedEarly(this.source, 'nothing came');
  }

  /** Handles a text message; returns what is wrong with it, if anything. */
  #onText(text: string): string | undefined {
    if (this.#isDecided) return undefined;
    const message = parsePageMessage(text);
    if (message?.type === 'resume') this.#resume(message);
    else if (message?.type === 'leave') this.#leave(message.token);
    else return this.#becomeNew().connection.onText(text);
    this.#transport.onControl();
    return undefined;
  }

  /** Hands the WebSocket to the connection of this token; where there is none that can go on, it is a new one's. */
  #resume({ token, received }: Extract<PageMessage, { type: 'resume' }>): void {
    const found = this.#context.find(token, this.#site);
    if (typeof found === 'object' && found.stream.canResume(received)) {
      this.#decide();
      found.resume(this.#transport, this.source, token, received);
      return;
    }
    const reason = typeof found === 'object' ? reasonNotToResume(found, received) : found;
    // A connection that cannot be resumed must not hold the login either.
    if (typeof found === 'object') found.endNow(reason);
    const { session, connection } = this.#becomeNew();
    this.#context.observer.resumeFailed(session, reason);
    connection.send({ type: 'lost', reason });
    if (found === 'unknown') this.#context.leaveElsewhere(session, token, this.#site);
  }

  /** Ends the connection of this token: the page was loaded again, and this is its new connection. */
  #leave(token: string): void {
    const found = this.#context.find(token, this.#site);
    if (typeof found === 'object') found.endNow('ended');
    const { session } = this.#becomeNew();
    if (found === 'unknown') this.#context.leaveElsewhere(session, token, this.#site);
  }

  #becomeNew(): { readonly session: Session; readonly connection: ResumableConnection } {
    this.#decide();
    const connection = new ResumableConnection(
      this.#context,
      this.#transport,
      this.source.network,
      this.#site,
    );
    const session = this.#chat.accept(connection.stream, this.source, connection, this.arrival);
    return { session, connection };
  }

  #decide(): void {
    this.#isDecided = true;
    this.#chat.connections.undecided.delete(this);
  }
}
