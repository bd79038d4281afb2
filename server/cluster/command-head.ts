/** The head of a command's record: all that the node it came to checks, or knows, and the others take from it. */
import { loginKey } from '../../shared/protocol/login.ts';
import { Opcode, type CommandFrom } from '../../shared/protocol/commands.ts';
import type { CheckedLogin, LocalSender } from '../chat/context.ts';
import type { CommandHead } from './records.ts';

export interface HeadOptions {
  /** Checks a login by D7 and by the operator's bans. */
  readonly checkLogin: (login: string) => CheckedLogin;
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
  { checkLogin, hashNetwork, randomId }: HeadOptions,
): CommandHead {
  const { longSize, network } = source;
  const login = aboutLogin(command);
  const checked = command.opcode === Opcode.LOGIN ? checkLogin(command.login) : null;
  const key = checked ? checked.key : login === null ? null : loginKey(login);
  const isGuess = command.opcode === Opcode.LOGIN_PRIVATE && network !== null;
  return {
    session: id,
    isFirst,
    longSize,
    isAllowed: checked?.isAllowed ?? true,
    key: key === login || checked?.isAllowed === false ? null : key,
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
