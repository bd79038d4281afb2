/** The interfaces between a session and the chat, so that neither depends on how the other works. */
import type { CommandFrom, Opcode } from '../../shared/protocol/commands.ts';
import type { Broadcast } from './delivery/broadcast.ts';
import type { MessageHistory } from './delivery/message-history.ts';
import type { Clock } from './environment/clock.ts';
import type { Limits } from './limits/limits.ts';
import type { Negotiation } from './private/negotiation.ts';
import type { Presenter } from './private/relay-endpoints.ts';
import type { Client, Observer } from './environment/observer.ts';
import type { Outbox } from './delivery/outbox.ts';
import type { RateLimiter } from './limits/rate-limiter.ts';
import type { BrowserClient, ControlChannelHub } from './control-channel.ts';
import type { PresenceRateLimiter } from './limits/presence-rate-limiter.ts';
import type { Counters } from './environment/counters.ts';
import type { CloseKind, IgnoredReason, EndReason, RefusedReason } from '../../shared/protocol/reasons.ts';

/** unidentified → identified → ended, or unidentified → ended; `ended` also once it is a relay endpoint. */
export type Phase =
  | { readonly name: 'unidentified' }
  | { readonly name: 'identified'; readonly login: string }
  | { readonly name: 'ended' };

/** Phases that say nothing of their own: one object for all. */
export const UNIDENTIFIED: Phase = { name: 'unidentified' };
export const ENDED: Phase = { name: 'ended' };

/**
 * A connection that speaks commands, as the rules of the commands see it: a session, or, in a cluster, what all nodes know
 * of a connection to one of them.
 */
export interface CommandSender extends Client {
  phase: Phase;
  /** Queue of what it is sent; null when that is another node's affair. */
  readonly outbox: Outbox | null;
  /** Session of it; null when that is at another node. */
  readonly local: LocalSender | null;
  /** Ends the connection by the server; its queue is still sent, and the reason in words where there is a way (D5, D26). */
  close(kind: CloseKind, reason: EndReason, words: string): void;
  /** Counts a refused LOGIN, and reports it; true when it was one too many (D7). */
  countRefusedLogin(reason: RefusedReason): boolean;
  /** Counts a command that is ignored, and reports it; one too many ends the connection (D6). */
  countIgnored(opcode: Opcode, reason: IgnoredReason): void;
}

/** A session, as the chat and whoever orders its commands see it. */
export interface LocalSender extends CommandSender, Presenter, BrowserClient {
  readonly local: LocalSender;
  readonly outbox: Outbox;
  readonly hasControlChannel: boolean;
  /** Sends a browser client what was said before it came, where that is kept: before any words that it hears (D28). */
  sendHistory(): void;
  /** Bytes of its commands that are carried out. */
  handledBytes: number;
  /** True when it has ended, or waits for its turn to end. */
  readonly isOver: boolean;
  /** True when nothing more is written to its client: it is gone, or a slow consumer. */
  readonly isCut: boolean;
  /** Lets a browser client resume it, now that it is identified. */
  makeResumable(): void;
  /** Reports a command that is ignored, to the log and to a browser client. */
  reportIgnored(opcode: Opcode, reason: IgnoredReason): void;
  /** Reports a refused LOGIN; the time to be identified starts anew (D7). */
  reportRefused(reason: RefusedReason): void;
  /** Ends it as it was to end, now that all that it had sent is carried out. */
  finish(): void;
  /** Ends it at once, whatever it has sent that is not carried out. */
  endNow(kind: CloseKind, reason: EndReason, words: string): void;
  /** Pauses its reads, or reads on: what it sends cannot be ordered now. */
  holdForOrder(isHeld: boolean): void;
}

/** Outcome of the check of the login in a command, made by the process that the command came to, and by no other (D7, D8). */
export interface CheckedLogin {
  /** True when it may be taken, if it is free. */
  readonly isAllowed: boolean;
  /** The form in which logins are compared. */
  readonly key: string;
}

/**
 * Orders commands, where that is not for this process alone: the log of a cluster. Each command is carried out, by
 * `handleCommand`, when its turn comes, and so is the end of each session.
 */
export interface CommandOrder {
  /** Outcome for the login in the command that is being carried out; null where it is checked on the spot. */
  readonly checkedLogin: CheckedLogin | null;
  /** Takes over a session that is new: it may be ended, or held. */
  accepted(session: LocalSender): void;
  /** Submits a command; the bytes are copied. Returns the bytes of fan-out that it is going to cause, estimated. */
  submit(session: LocalSender, command: CommandFrom<'client'>, raw: Uint8Array): number;
  /** Submits the end of a session, which is finished in its turn. */
  endInTurn(session: LocalSender): void;
  /** Carries out a LOGIN_PRIVATE, now that its turn has come. */
  present(sender: CommandSender, connectId: number): void;
}

/** The chat, as a session and the rules of its commands see it. Every sender given to it is one of its own. */
export interface ChatContext {
  readonly clock: Clock;
  /** Seconds during which the process was awake. */
  readonly awakeSeconds: number;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly broadcast: Broadcast;
  readonly history: MessageHistory;
  readonly controlChannels: ControlChannelHub;
  readonly rateLimiter: RateLimiter;
  readonly presenceRateLimiter: PresenceRateLimiter;
  readonly counters: Counters;
  readonly negotiation: Pick<Negotiation<CommandSender, never>, 'request' | 'issueId'>;
  /** True when what is submitted is carried out within that call. */
  readonly isImmediate: boolean;
  /** Carries a command out in its turn, at once if no others have a part in the order; returns the bytes of its fan-out. */
  submit(session: LocalSender, command: CommandFrom<'client'>, raw: Uint8Array): number;
  /** Finishes a session in its turn, behind all that it had submitted. */
  inTurn(session: LocalSender): void;
  /** A connection presents a connect_id; a wrong one closes that connection and touches no other (D18). */
  present(sender: CommandSender, connectId: number): void;
  /** Gives a client its login and admits it to the chat; why the login is refused, or null when it is not (§1, D7–D10). */
  identify(sender: CommandSender, login: string): RefusedReason | null;
  /** The connection of another user; undefined, and the command counted as ignored, when there is none (D13). */
  findRecipient(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined;
  /** The requester whose pending request an OK or KO of this client answers; else the command is ignored (D16). */
  consumePendingRequest(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined;
  /**
   * Frees all that a session holds here, as it ends.
   * @param rule of the transport that the client broke, if that is the reason
   */
  releaseSession(session: LocalSender, reason: EndReason, rule?: string): void;
  /** Removes a session that goes on as a relay endpoint. */
  releaseToRelay(session: LocalSender): void;
}
