/** Actions of a person: each changes the state, and tells the connection where that concerns it. */
import { MAX_MSG_BYTES } from '../../shared/protocol/commands.ts';
import { byteLength } from '../../shared/protocol/encoder.ts';
import type { Connection } from '../net/connection.ts';
import type { Drafts } from './drafts.ts';
import type { Event } from './reduce.ts';
import type { Choices, Conversation, ConversationKey, State } from './state.ts';
import type { Store } from './store.ts';

export interface Actions {
  /** Proposes a login that `validateLogin` found fine. */
  readonly join: (login: string) => void;
  readonly leave: () => void;
  /** Leaves, and finds everything again at the next visit under this name. */
  readonly leaveAndKeep: () => Promise<void>;
  readonly open: (key: ConversationKey) => void;
  /** Opens the direct conversation with someone, beginning it if need be. */
  readonly writeTo: (login: string) => void;
  readonly showList: () => void;
  /** Sends a text as it was written, now or as soon as it can be. Does nothing when it is blank or too long. */
  readonly send: (conversation: Pick<Conversation, 'key'>, text: string) => void;
  readonly backSeen: () => void;
  /** Chooses something about the page itself; what outlasts it is remembered on this device. */
  readonly choose: (choices: Partial<Choices>) => void;
}

/** Character that is drawn: no white space of any kind, nothing without a width. Blank texts break some clients. */
const VISIBLE = /[^\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** True for a text that can be sent: not blank, and at most 1024 bytes (§2). */
export function canBeSent(text: string): boolean {
  return VISIBLE.test(text) && byteLength(text) <= MAX_MSG_BYTES;
}

export function createActions(
  store: Store<State, Event>,
  connection: Pick<Connection, 'join' | 'leave'>,
  privates: { closeAll(): void },
  drafts: Pick<Drafts, 'clear'>,
  /** Work to do before a login is proposed. */
  beforeJoin: (login: string) => Promise<unknown>,
  /** Saves the page, and lets go of what is saved; the caller leaves at once when it is done. */
  keep: () => Promise<void> | undefined,
): Actions {
  const { dispatch } = store;
  const leave = () => {
    privates.closeAll();
    connection.leave();
    drafts.clear();
    dispatch({ type: 'left' });
  };
  return {
    join(login) {
      dispatch({ type: 'join-asked', login });
      void beforeJoin(login).then(() => connection.join(login));
    },
    leave,
    async leaveAndKeep() {
      await keep();
      leave();
    },
    send({ key }, text) {
      // D4: half a surrogate pair cannot be put on the wire.
      if (canBeSent(text)) dispatch({ type: 'written', key, text: text.toWellFormed(), at: Date.now() });
    },
    open: (key) => dispatch({ type: 'opened', key }),
    writeTo: (login) => dispatch({ type: 'direct-opened', login }),
    showList: () => dispatch({ type: 'chosen', choices: { pane: 'list' } }),
    backSeen: () => dispatch({ type: 'back-seen' }),
    choose: (choices) => dispatch({ type: 'chosen', choices }),
  };
}
