/** What a person can do: each action tells the connection, then the state. */
import { MAX_MSG_BYTES } from '../../shared/protocol.ts';
import { byteLength } from '../../shared/frame.ts';
import type { Locale } from '../i18n/catalogue.ts';
import type { Connection } from '../net/connection.ts';
import type { Event } from './reduce.ts';
import type { Conversation, ConversationKey, Outgoing, State } from './state.ts';
import type { Store } from './store.ts';

export interface Actions {
  /** Proposes a login that `judgeLogin` found fine. */
  readonly join: (login: string) => void;
  readonly leave: () => void;
  readonly open: (key: ConversationKey) => void;
  /** Opens the direct conversation with someone, beginning it if need be. */
  readonly writeTo: (login: string) => void;
  readonly showList: () => void;
  readonly draft: (key: ConversationKey, text: string) => void;
  /** Sends a text as it was written. Does nothing when it is blank, too long, or there is no connection. */
  readonly send: (conversation: Conversation, text: string) => void;
  readonly sendAgain: (message: Outgoing) => void;
  readonly discard: (message: Outgoing) => void;
  readonly retryNow: () => void;
  readonly backSeen: () => void;
  readonly setLocale: (locale: Locale) => void;
}

/** True for a text that can be sent: not blank, and at most 1024 bytes (§2). */
export function canBeSent(text: string): boolean {
  return text.trim() !== '' && byteLength(text) <= MAX_MSG_BYTES;
}

export function createActions(
  store: Store<State, Event>,
  connection: Pick<Connection, 'join' | 'leave' | 'up' | 'say' | 'tell' | 'retryNow'>,
): Actions {
  const { dispatch } = store;
  // D4: half a surrogate pair cannot be put on the wire.
  const sayAll = (written: string, replaces?: number) => {
    const text = written.toWellFormed();
    if (!connection.say(text)) return;
    dispatch({ type: 'said', text, at: Date.now(), ...(replaces !== undefined && { replaces }) });
  };
  const tellOne = (key: ConversationKey, login: string, written: string) => {
    const text = written.toWellFormed();
    if (connection.tell(login, text)) dispatch({ type: 'told', key, text, at: Date.now() });
  };
  return {
    join(login) {
      dispatch({ type: 'join-asked', login });
      connection.join(login);
    },
    leave() {
      connection.leave();
      dispatch({ type: 'left' });
    },
    send(conversation, text) {
      if (!canBeSent(text)) return;
      if (conversation.kind === 'room') sayAll(text);
      else tellOne(conversation.key, conversation.login, text);
    },
    open: (key) => dispatch({ type: 'opened', key }),
    writeTo: (login) => dispatch({ type: 'direct-opened', login }),
    showList: () => dispatch({ type: 'list-shown' }),
    draft: (key, text) => dispatch({ type: 'draft', key, text }),
    sendAgain: (message) => sayAll(message.text, message.id),
    discard: (message) => dispatch({ type: 'discarded', id: message.id }),
    retryNow: () => connection.retryNow(),
    backSeen: () => dispatch({ type: 'back-seen' }),
    setLocale: (locale) => dispatch({ type: 'locale', locale }),
  };
}
