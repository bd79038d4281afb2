/** The page's state at the noon of a day, ann in the room, and what others say to her. */
import { Opcode } from '../../../shared/protocol/commands.ts';
import { reduce, type Event } from '../../../web/state/reduce.ts';
import { initialState, type State } from '../../../web/state/state.ts';

export const AT = Date.UTC(2026, 0, 1, 12);

/** Somebody's words to everyone. */
export const heard = (login: string, msg: string, at = AT): Event => ({
  type: 'received',
  command: { opcode: Opcode.MESSAGE, login, msg },
  at,
});

/** Somebody's words to ann alone. */
export const told = (login_sender: string, msg: string, at = AT): Event => ({
  type: 'received',
  command: { opcode: Opcode.MESSAGE_PRIVATE, login_sender, login_target: 'ann', msg },
  at,
});

/** Somebody's request for a private connection with ann. */
export const requested = (login_requester: string) =>
  ({
    type: 'received',
    command: { opcode: Opcode.REQUEST_PRIVATE, login_requester, login_target: 'ann' },
    at: AT,
  }) as const;

export const run = (state: State, ...events: Event[]): State => events.reduce(reduce, state);

/** Ann's page, identified; the room is open. */
export const inside = run(initialState('en'), { type: 'accepted', login: 'ann', at: AT });
