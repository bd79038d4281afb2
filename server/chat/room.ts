/** What a connection and the room need of each other, so that neither has to know how the other does it. */
import type { Opcode } from '../../shared/protocol/commands.ts';
import type { Broadcast } from './delivery/broadcast.ts';
import type { Clock } from './environment/clock.ts';
import type { Limits } from './limits/limits.ts';
import type { Negotiation } from './private/negotiation.ts';
import type { Presenter } from './private/relay-endpoints.ts';
import type { Observer } from './environment/observer.ts';
import type { Outbox } from './delivery/outbox.ts';
import type { RateLimiter } from './limits/rate-limiter.ts';
import type { ControlChannelHub } from './control-channel.ts';
import type { PresenceBudget } from './limits/presence-budget.ts';
import type { Counters } from './environment/counters.ts';
import type { IgnoredReason, EndReason } from '../../shared/protocol/reasons.ts';

/** unidentified → identified → ended, or unidentified → ended; `ended` is also what remains here of a leg. */
export type Phase =
  | { readonly name: 'unidentified' }
  | { readonly name: 'identified'; readonly login: string }
  | { readonly name: 'ended' };

/** A connection that speaks commands, to those who carry them out. */
export interface CommandSender extends Presenter {
  readonly phase: Phase;
  readonly outbox: Outbox;
  /** Counts a refused LOGIN; true when it was one too many (D7). */
  countRefusedLogin(): boolean;
  /** Counts a command that is not carried out; one too many ends the connection (D6). */
  countIgnored(opcode: Opcode, reason: IgnoredReason): void;
}

/** The room, to a connection and to the commands that come over it. Every member given to it is one of its own. */
export interface ChatContext {
  readonly clock: Clock;
  /** Seconds during which the process was awake. */
  readonly seconds: number;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly broadcast: Broadcast;
  readonly controlChannels: ControlChannelHub;
  readonly rateLimiter: RateLimiter;
  readonly presenceBudget: PresenceBudget;
  readonly counters: Counters;
  readonly negotiation: Pick<Negotiation<CommandSender, unknown>, 'request' | 'grant'>;
  readonly endpoints: {
    /** A connection presents a connect_id; a wrong one closes that connection and touches no other (D18). */
    present(member: CommandSender, connectId: number): void;
  };
  /** Gives a member its login and lets it into the room; false when the login is refused (§1, D7–D10). */
  identify(member: CommandSender, login: string): boolean;
  /** The connection of another user; undefined, and the command counted as ignored, when there is none (D13). */
  findRecipient(member: CommandSender, login: string, opcode: Opcode): CommandSender | undefined;
  /** The requester whose pending request an OK or KO of this member answers; else the command is ignored (D16). */
  consumePendingRequest(member: CommandSender, login: string, opcode: Opcode): CommandSender | undefined;
  /** Frees all that a member holds here, as it ends. */
  releaseSession(member: CommandSender, reason: EndReason, forCause: boolean): void;
  /** Lets a member go that lives on as a leg. */
  releaseToRelay(member: CommandSender): void;
}
