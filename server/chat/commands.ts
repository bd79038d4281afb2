/** The command table: for each opcode, who may use it when, and what it does. */
import { encode } from '../../shared/protocol/encoder.ts';
import { Opcode, type Frame, type FrameWith, type OpcodeFrom } from '../../shared/protocol/commands.ts';
import type { CommandSender, ChatContext } from './room.ts';

type ClientOpcode = OpcodeFrom<'client'>;
type ClientFrames = { readonly [O in ClientOpcode]: FrameWith<O> };

interface Rule<F extends Frame> {
  /** Phases in which the command is carried out; in the others it is ignored (D10). */
  readonly phase: 'identified' | 'any';
  /** The login in the command that has to be the sender's own, byte for byte (D12, D16). */
  readonly own?: (frame: F) => string;
  /** `raw` is the command exactly as it came: what is passed on is that, never a rewritten one (D12). */
  readonly handleCommand: (room: ChatContext, member: CommandSender, frame: F, raw: Uint8Array) => void;
}

const LOGIN_ACCEPTED = Uint8Array.of(Opcode.LOGIN_ACCEPTED);
const LOGIN_REFUSED = Uint8Array.of(Opcode.LOGIN_REFUSED);

/** A rule for every command that {@link COMMANDS} lets a client send: one without a rule does not compile. */
const RULES: { readonly [O in ClientOpcode]: Rule<ClientFrames[O]> } = {
  [Opcode.LOGIN]: {
    phase: 'any',
    handleCommand(room, member, { login }) {
      if (room.identify(member, login)) {
        room.broadcast.send(member.outbox, LOGIN_ACCEPTED);
        return;
      }
      room.broadcast.send(member.outbox, LOGIN_REFUSED);
      room.observer.refused(member);
      if (member.countRefusedLogin())
        member.close('not-allowed', 'too many refused logins', 'too many refused logins');
    },
  },
  [Opcode.MESSAGE]: {
    phase: 'identified',
    own: (frame) => frame.login,
    handleCommand(room, _member, _frame, raw) {
      room.broadcast.publish(raw);
    },
  },
  [Opcode.MESSAGE_PRIVATE]: {
    phase: 'identified',
    own: (frame) => frame.login_sender,
    handleCommand(room, member, frame, raw) {
      const target = room.findRecipient(member, frame.login_target, frame.opcode);
      if (target) room.broadcast.send(target.outbox, raw);
    },
  },
  [Opcode.REQUEST_PRIVATE]: {
    phase: 'identified',
    own: (frame) => frame.login_requester,
    handleCommand(room, member, frame, raw) {
      const target = room.findRecipient(member, frame.login_target, frame.opcode);
      if (!target) return;
      if (room.negotiation.request(member, target)) room.broadcast.send(target.outbox, raw);
      else member.countIgnored(frame.opcode, 'too many requests');
    },
  },
  [Opcode.OK_PRIVATE]: {
    phase: 'identified',
    own: (frame) => frame.login_target,
    handleCommand(room, member, frame) {
      const requester = room.consumePendingRequest(member, frame.login_requester, frame.opcode);
      if (!requester) return;
      // The logins as their owners proposed them, however the target spelled the requester's (D8).
      const id: Frame = {
        opcode: Opcode.ID_PRIVATE,
        login_requester: requester.login!,
        login_target: frame.login_target,
        connect_id: room.negotiation.grant(requester),
      };
      for (const { outbox, origin } of [requester, member])
        room.broadcast.send(outbox, encode(id, origin.longSize));
    },
  },
  [Opcode.KO_PRIVATE]: {
    phase: 'identified',
    own: (frame) => frame.login_target,
    handleCommand(room, member, frame, raw) {
      const requester = room.consumePendingRequest(member, frame.login_requester, frame.opcode);
      if (requester) room.broadcast.send(requester.outbox, raw);
    },
  },
  [Opcode.LOGIN_PRIVATE]: {
    phase: 'any',
    handleCommand(room, member, { connect_id }) {
      if (member.phase.name === 'identified')
        member.close(
          'not-allowed',
          'LOGIN_PRIVATE after identification',
          'LOGIN_PRIVATE belongs on a connection of its own',
        );
      else room.endpoints.present(member, connect_id);
    },
  },
};

/**
 * Handles one command of a client, or ignores it and says why (D5, D10, D12).
 * @param opcode the frame's, apart from it so that the compiler knows which rule is for which frame
 */
export function handleCommand<O extends ClientOpcode>(
  room: ChatContext,
  member: CommandSender,
  opcode: O,
  frame: ClientFrames[O],
  raw: Uint8Array,
): void {
  const rule: Rule<ClientFrames[O]> = RULES[opcode];
  if (rule.phase === 'identified' && member.phase.name !== 'identified')
    member.countIgnored(opcode, 'not identified');
  else if (rule.own && rule.own(frame) !== member.login) member.countIgnored(opcode, 'not the own login');
  else rule.handleCommand(room, member, frame, raw);
}
