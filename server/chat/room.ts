/** The interfaces between a session and the chat, so that neither depends on how the other works. */
import type { Opcode } from '../../shared/protocol/commands.ts';
import type { Broadcast } from './delivery/broadcast.ts';
import type { History } from './delivery/history.ts';
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

/** unidentified → identified → ended, or unidentified → ended; `ended` also once it is a relay endpoint. */
export type Phase =
  | { readonly name: 'unidentified' }
  | { readonly name: 'identified'; readonly login: string }
  | { readonly name: 'ended' };

/** A connection that speaks commands, as the rules of the commands see it. */
export interface CommandSender extends Presenter {
  readonly phase: Phase;
  readonly outbox: Outbox;
  /** Sends a browser client what was said before it came, where that is kept: before any words that it hears (D28). */
  sendHistory(): void;
  /** Counts a refused LOGIN; true when it was one too many (D7). */
  countRefusedLogin(): boolean;
  /** Counts a command that is ignored; one too many ends the connection (D6). */
  countIgnored(opcode: Opcode, reason: IgnoredReason): void;
}

/** The chat, as a session and the rules of its commands see it. Every sender given to it is one of its own. */
export interface ChatContext {
  readonly clock: Clock;
  /** Seconds during which the process was awake. */
  readonly seconds: number;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly broadcast: Broadcast;
  readonly history: History;
  readonly controlChannels: ControlChannelHub;
  readonly rateLimiter: RateLimiter;
  readonly presenceBudget: PresenceBudget;
  readonly counters: Counters;
  readonly negotiation: Pick<Negotiation<CommandSender, unknown>, 'request' | 'grant'>;
  readonly endpoints: {
    /** A connection presents a connect_id; a wrong one closes that connection and touches no other (D18). */
    present(sender: CommandSender, connectId: number): void;
  };
  /** Gives a client its login and admits it to the chat; false when the login is refused (§1, D7–D10). */
  identify(sender: CommandSender, login: string): boolean;
  /** The connection of another user; undefined, and the command counted as ignored, when there is none (D13). */
  findRecipient(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined;
  /** The requester whose pending request an OK or KO of this client answers; else the command is ignored (D16). */
  consumePendingRequest(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined;
  /** Frees all that a session holds here, as it ends. */
  releaseSession(sender: CommandSender, reason: EndReason): void;
  /** Removes a session that goes on as a relay endpoint. */
  releaseToRelay(sender: CommandSender): void;
}
