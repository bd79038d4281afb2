/** The head of a command's record: all that the node it came to judges, or knows, and the others take from it. */
import { loginKey } from '../../shared/protocol/login.ts';
import { Opcode, type CommandFrom } from '../../shared/protocol/commands.ts';
import type { JudgedLogin, LocalSender } from '../chat/context.ts';
import type { CommandHead } from './records.ts';

export interface HeadOptions {
  /** Judges a login by D7 and by the operator's bans. */
  readonly judge: (login: string) => JudgedLogin;
  /** Keyed hash of a network, 16 hex digits: addresses never enter the log. */
  readonly hashNetwork: (network: string) => string;
  /** A number over the whole signed 32-bit range, from a cryptographic generator (D17). */
  readonly randomId: () => number;
}

/** Makes the head of a command that has come to this node. */
export function headOf(
  { id, source }: LocalSender,
  command: CommandFrom<'client'>,
  isFirst: boolean,
  { judge, hashNetwork, randomId }: HeadOptions,
): CommandHead {
  const { longSize, network } = source;
  const login = aboutLogin(command);
  const judged = command.opcode === Opcode.LOGIN ? judge(command.login) : null;
  const key = judged ? judged.key : login === null ? null : loginKey(login);
  const isGuess = command.opcode === Opcode.LOGIN_PRIVATE && network !== null;
  return {
    session: id,
    isFirst,
    longSize,
    isAllowed: judged?.isAllowed ?? true,
    key: key === login || judged?.isAllowed === false ? null : key,
    seed: command.opcode === Opcode.OK_PRIVATE ? randomId() : null,
    network: isGuess ? hashNetwork(network) : null,
  };
}

/** The login that a command is about, in whose key others have to agree; null when there is none. */
export function aboutLogin(command: CommandFrom<'client'>): string | null {
  switch (command.opcode) {
    case Opcode.LOGIN:
      return command.login;
    case Opcode.MESSAGE_PRIVATE:
    case Opcode.REQUEST_PRIVATE:
      return command.login_target;
    case Opcode.OK_PRIVATE:
    case Opcode.KO_PRIVATE:
      return command.login_requester;
    default:
      return null;
  }
}
