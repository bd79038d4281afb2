/** One person's place on the server: connecting, identifying, and coming back after a loss. */
import { ChatonClient } from '../../shared/client/client.ts';
import type { ByteStream, Closed } from '../../shared/stream/byte-stream.ts';
import { BANNED, GOING_AWAY } from '../../shared/protocol/closes.ts';
import type { ControlMessage } from '../../shared/protocol/control.ts';
import { Opcode, type Command } from '../../shared/protocol/commands.ts';
import { backoff } from './backoff.ts';
import type { PageStream, PageStreamOptions } from './page-stream.ts';
import { PATIENCE_MS, Question } from './reach.ts';

/** Event of a {@link Connection}, for its owner. */
export type ConnectionEvent =
  /** The server accepted the login: the first time, or again after `lost`. */
  | { readonly type: 'accepted'; readonly login: string }
  /** The server refused a first proposal; another can be made (§1). */
  | { readonly type: 'refused'; readonly login: string }
  /** The connection went, or never came, before a first proposal was answered. */
  | { readonly type: 'unreachable' }
  /** The connection of an identified client is interrupted. It may go on where it was (`resumed`), or be `lost`. */
  | { readonly type: 'dropped' }
  | { readonly type: 'resumed' }
  /** The connection of an identified client is gone. Coming back has begun. */
  | {
      readonly type: 'lost';
      /** The server has gone away in good order: what it had not acknowledged, it never carried out. */
      readonly inGoodOrder?: true;
    }
  /** Connected again, but the login is still taken, perhaps by our own stale connection. Trying again. */
  | { readonly type: 'name-held' }
  /** The login is another's, or stayed taken: given up. */
  | { readonly type: 'name-gone'; readonly login: string }
  /** The operator has banned this client: the connection is gone, as by `lost`, and nothing is tried again. */
  | { readonly type: 'banned'; readonly login: string }
  /** A command of the server, other than the answers to LOGIN. */
  | { readonly type: 'received'; readonly command: Command }
  /** Something the server tells pages (D28). */
  | { readonly type: 'control'; readonly message: ControlMessage };

/** The commands of someone who is in. */
export type SendingClient = Pick<
  ChatonClient,
  'broadcast' | 'sendTo' | 'requestPrivate' | 'acceptPrivate' | 'refusePrivate'
>;

/** Stream of a connection, as far as it needs one. */
export type RoomStream = ByteStream &
  Pick<PageStream, 'written' | 'connected' | 'token' | 'freesLogin' | 'spare' | 'wake'>;

interface ConnectionOptions {
  /** Opens a new stream to the server, with a control channel (D28). */
  readonly open: (options: Omit<PageStreamOptions, 'url'>) => RoomStream;
  readonly report: (event: ConnectionEvent) => void;
  /** Says whether the server is there, before a new stream is opened to come back; else it is taken to be. */
  readonly ask?: () => Promise<boolean>;
  /** Like Math.random: spreads the clients of a restarted server. */
  readonly random?: () => number;
}

/** Timeout of the answer to a proposal, connecting included, in ms. */
export const ANSWER_DEADLINE_MS = 10_000;
/** Times a login that was ours is proposed again before giving up. Under the 10 refusals that end a connection (D7). */
export const HELD_TRIES = 7;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #question: Question;
  #client: ChatonClient | null = null;
  #stream: RoomStream | null = null;
  /** The token of a connection of ours that may still hold the login. */
  #staleToken: string | null = null;
  /** Stream that was left, and when: a server that could not be told of it holds the login. */
  #left: { readonly stream: RoomStream; readonly at: number } | null = null;
  /** True when a connection of ours may hold the login of which the server does not know that it is over. */
  #mayStillHold = true;
  /** The login proposed or held; null while nobody wants in. */
  #login: string | null = null;
  /** True from the first acceptance on: a loss is then repaired, not reported as a failure to join. */
  #member = false;
  /** True when the last stream was closed before its first proposal was answered. */
  #wasUnreachable = false;
  #attempt = 0;
  #heldTries = 0;
  /** True when the server has said that the refusal which comes next is for a ban. */
  #isBanned = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  /** Time of the proposal that waits for an answer; null while there is none. */
  #proposedAt: number | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#question = new Question(options.ask);
  }

  /** True while messages can be sent. */
  get up(): boolean {
    return this.#isIn && this.#stream!.connected;
  }

  /** Proposes a login (at most 1024 bytes) on the connection that is there, or on a new one. */
  join(login: string): void {
    if (this.#login !== null) return;
    this.#login = login;
    this.#attempt = 0;
    this.#heldTries = 0;
    if (this.#wasUnreachable) this.#tryAgain();
    else this.#propose();
  }

  /**
   * Comes back as someone who was in before this page was loaded again, as after a loss.
   * @param staleToken the token of the connection that the page had then
   */
  comeBack(login: string, staleToken: string | null): void {
    this.#staleToken = staleToken;
    this.join(login);
    this.#member = true;
  }

  /** Token of the connection that holds the login, or may still: a page loaded anew on its way back needs it again. */
  get token(): string | null {
    return this.#stream?.token ?? this.#staleToken;
  }

  /**
   * Sends a command of someone who is in, by a method of the client. Returns where it ends, in bytes of what was sent on this
   * connection; null, and nothing is sent, while not connected.
   */
  send(command: (client: SendingClient) => void): number | null {
    if (!this.up) return null;
    command(this.#client!);
    return this.#stream!.written;
  }

  /** Leaves for good: what was sent is carried out, nothing is reported any more. */
  leave(): void {
    if (this.#stream) this.#left = { stream: this.#stream, at: performance.now() };
    this.#login = null;
    this.#member = false;
    this.#drop();
  }

  /**
   * Ends the wait before connecting again, if there is one: the network or the person is back. A proposal that has had no
   * answer for 5 s makes room for another. A wait for the name is left to run: asking more often does not free it sooner.
   */
  retryNow(): void {
    const isStuck = this.#proposedAt !== null && performance.now() - this.#proposedAt >= PATIENCE_MS;
    if (this.#client && !isStuck) return this.#stream?.wake();
    if (this.#retry === undefined && !this.#question.isOpen && !isStuck) return;
    this.#drop();
    this.#tryAgain();
  }

  /** Drops the connection there is; nothing of it is reported any more. */
  #drop(): void {
    const client = this.#client;
    this.#settle();
    this.#client = null;
    if (client?.login === null) client.abort();
    else client?.leave();
  }

  get #isIn(): boolean {
    return this.#client !== null && this.#client.login !== null;
  }

  #propose(): void {
    if (this.#login === null) return;
    const client = (this.#client ??= this.#connect());
    this.#deadline = setTimeout(() => client.abort(), ANSWER_DEADLINE_MS);
    this.#proposedAt = performance.now();
    // The answer and the loss both come through the events, in order with everything else.
    client.propose(this.#login);
  }

  #connect(): ChatonClient {
    const left = this.#left;
    // A server that cannot be told of the end, or says nothing of it, is told by the next connection.
    if (left && (!left.stream.connected || performance.now() - left.at >= PATIENCE_MS))
      this.#staleToken ??= left.stream.token;
    const stream = this.#options.open({
      over: this.#stream?.spare,
      instead: this.#staleToken,
      onControl: (message) => {
        if (stream !== this.#stream) return;
        if (message.type === 'refused') this.#isBanned = true;
        this.#options.report({ type: 'control', message });
      },
      onInterrupted: (isInterrupted) => {
        if (stream === this.#stream && this.#isIn)
          this.#options.report({ type: isInterrupted ? 'dropped' : 'resumed' });
      },
    });
    this.#stream = stream;
    const client: ChatonClient = new ChatonClient(stream, {
      onCommand: (command) => {
        if (client === this.#client) this.#received(command);
      },
      onClose: (closed) => {
        if (client === this.#client) this.#closed(closed);
      },
    });
    return client;
  }

  #received(command: Command): void {
    if (command.opcode === Opcode.LOGIN_ACCEPTED) this.#accepted();
    else if (command.opcode === Opcode.LOGIN_REFUSED) this.#refused();
    else this.#options.report({ type: 'received', command });
  }

  #accepted(): void {
    if (this.#login === null) return;
    this.#settle();
    this.#wasUnreachable = false;
    this.#member = true;
    this.#attempt = 0;
    this.#heldTries = 0;
    this.#staleToken = this.#left = null;
    this.#options.report({ type: 'accepted', login: this.#login });
  }

  #refused(): void {
    const login = this.#login;
    const isBanned = this.#isBanned;
    const mayBeOurs = this.#mayStillHold;
    this.#isBanned = false;
    if (login === null) return;
    this.#settle();
    if (this.#member && isBanned) return this.#giveUp('banned', login);
    if (this.#member && mayBeOurs && this.#heldTries < HELD_TRIES) {
      this.#retryLater(backoff(this.#heldTries++, this.#options.random));
      this.#options.report({ type: 'name-held' });
      return;
    }
    this.#giveUp(this.#member ? 'name-gone' : 'refused', login);
  }

  #giveUp(type: 'name-gone' | 'refused' | 'banned', login: string): void {
    this.#login = null;
    this.#member = false;
    this.#options.report({ type, login });
  }

  #closed({ reason }: Closed): void {
    const wasIn = this.#isIn;
    this.#staleToken = this.token;
    const login = this.#login;
    this.#settle();
    if (wasIn) this.#mayStillHold = !this.#stream?.freesLogin;
    this.#client = null;
    if (login !== null && reason === BANNED[2]) return this.#giveUp('banned', login);
    const inGoodOrder = reason === GOING_AWAY[2] && { inGoodOrder: true as const };
    if (wasIn && this.#member) this.#options.report({ type: 'lost', ...inGoodOrder });
    if (this.#member) {
      if (this.#stream?.spare) this.#propose();
      else this.#retryLater(backoff(this.#attempt++, this.#options.random));
    } else if (login !== null) this.#unreachable();
  }

  #unreachable(): void {
    this.#wasUnreachable = true;
    this.#login = null;
    this.#options.report({ type: 'unreachable' });
  }

  #retryLater(ms: number): void {
    this.#retry = setTimeout(() => this.#tryAgain(), ms);
  }

  #tryAgain(): void {
    this.#retry = undefined;
    if (this.#client) return this.#propose();
    this.#question.put(
      () => this.#propose(),
      () =>
        this.#member ? this.#retryLater(backoff(this.#attempt++, this.#options.random)) : this.#unreachable(),
    );
  }

  #settle(): void {
    // Until the answer is known, it may be that the proposal was accepted.
    this.#mayStillHold ||= this.#proposedAt !== null;
    this.#proposedAt = null;
    clearTimeout(this.#deadline);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#question.drop();
  }
}
