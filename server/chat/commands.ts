/** The rules of the commands: for each opcode of a client, when it may be used, and what it does. */
import { encode } from '../../shared/protocol/encoder.ts';
import { Opcode, type Command, type CommandWith, type OpcodeFrom } from '../../shared/protocol/commands.ts';
import { LOGIN_PRIVATE_TOO_LATE, TOO_MANY_REFUSED } from '../../shared/protocol/closes.ts';
import type { CommandSender, ChatContext } from './context.ts';

type ClientOpcode = OpcodeFrom<'client'>;
type ClientCommands = { readonly [O in ClientOpcode]: CommandWith<O> };

interface Rule<F extends Command> {
  /**
   * Phase in which `handleCommand` has it handled; before, it is ignored (D10). With `any` the rule itself decides: `identify`
   * refuses a second LOGIN.
   */
  readonly phase: 'identified' | 'any';
  /** The login in the command that has to be the sender's own, byte for byte (D12, D16). */
  readonly own?: (command: F) => string;
  /**
   * Returns the bytes of fan-out that the command caused: those it became, times the clients that get them.
   * @param raw the command exactly as it came: what is passed on is that, never a rewritten one (D12)
   */
  readonly handle: (chat: ChatContext, sender: CommandSender, command: F, raw: Uint8Array) => number;
}

const LOGIN_ACCEPTED = Uint8Array.of(Opcode.LOGIN_ACCEPTED);
const LOGIN_REFUSED = Uint8Array.of(Opcode.LOGIN_REFUSED);

/** A rule for every command that {@link COMMANDS} lets a client send: one without a rule does not compile. */
const RULES: { readonly [O in ClientOpcode]: Rule<ClientCommands[O]> } = {
  [Opcode.LOGIN]: {
    phase: 'any',
    handle(chat, sender, { login }) {
      const reason = chat.identify(sender, login);
      if (reason === null) {
        const accepted = chat.broadcast.send(sender.outbox, LOGIN_ACCEPTED);
        chat.history.markLast(login, true);
        sender.local?.sendHistory();
        return accepted;
      }
      const fanOut = chat.broadcast.send(sender.outbox, LOGIN_REFUSED);
      if (sender.countRefusedLogin(reason)) sender.close(...TOO_MANY_REFUSED);
      return fanOut;
    },
  },
  [Opcode.MESSAGE]: {
    phase: 'identified',
    own: (command) => command.login,
    handle(chat, sender, { login, msg }, raw) {
      chat.controlChannels.presence.speaks(login);
      chat.history.add(login, msg);
      return chat.broadcast.publish(raw, sender.outbox);
    },
  },
  [Opcode.MESSAGE_PRIVATE]: {
    phase: 'identified',
    own: (command) => command.login_sender,
    handle(chat, sender, command, raw) {
      const target = chat.findRecipient(sender, command.login_target, command.opcode);
      return target ? chat.broadcast.send(target.outbox, raw) : 0;
    },
  },
  [Opcode.REQUEST_PRIVATE]: {
    phase: 'identified',
    own: (command) => command.login_requester,
    handle(chat, sender, command, raw) {
      const target = chat.findRecipient(sender, command.login_target, command.opcode);
      if (!target) return 0;
      if (chat.negotiation.request(sender, target)) return chat.broadcast.send(target.outbox, raw);
      sender.countIgnored(command.opcode, 'too many requests');
      return 0;
    },
  },
  [Opcode.OK_PRIVATE]: {
    phase: 'identified',
    own: (command) => command.login_target,
    handle(chat, sender, command) {
      const requester = chat.consumePendingRequest(sender, command.login_requester, command.opcode);
      if (!requester) return 0;
      // The logins as their owners proposed them, however the target spelled the requester's (D8).
      const id: Command = {
        opcode: Opcode.ID_PRIVATE,
        login_requester: requester.login!,
        login_target: command.login_target,
        connect_id: chat.negotiation.issueId(requester),
      };
      let fanOut = 0;
      for (const { outbox, source } of [requester, sender])
        fanOut += chat.broadcast.send(outbox, encode(id, source.longSize));
      return fanOut;
    },
  },
  [Opcode.KO_PRIVATE]: {
    phase: 'identified',
    own: (command) => command.login_target,
    handle(chat, sender, command, raw) {
      const requester = chat.consumePendingRequest(sender, command.login_requester, command.opcode);
      return requester ? chat.broadcast.send(requester.outbox, raw) : 0;
    },
  },
  [Opcode.LOGIN_PRIVATE]: {
    phase: 'any',
    handle(chat, sender, { connect_id }) {
      if (sender.phase.name === 'identified') sender.close(...LOGIN_PRIVATE_TOO_LATE);
      else chat.present(sender, connect_id);
      return 0;
    },
  },
};

/**
 * Handles one command of a client, or ignores it and says why (D5, D10, D12). Returns the bytes of fan-out that it
 * caused: what it costs is for the caller to consume from the client's token bucket.
 * @param opcode the command's, apart from it so that the compiler knows which rule is for which command
 */
export function handleCommand<O extends ClientOpcode>(
  chat: ChatContext,
  sender: CommandSender,
  opcode: O,
  command: ClientCommands[O],
  raw: Uint8Array,
): number {
  const rule: Rule<ClientCommands[O]> = RULES[opcode];
  if (rule.phase === 'identified' && sender.phase.name !== 'identified')
    sender.countIgnored(opcode, 'not identified');
  else if (rule.own && rule.own(command) !== sender.login) sender.countIgnored(opcode, 'not the own login');
  else return rule.handle(chat, sender, command, raw);
  return 0;
}
