/** Sends what waits, one message after the other. */
import type { Connection } from '../net/connection.ts';
import { nextToSend } from './outgoing.ts';
import type { Event } from './reduce.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** Sends, from now on, whatever can be sent. */
export function sendFromQueue(store: Store<State, Event>, connection: Pick<Connection, 'send'>): void {
  store.subscribe(() => {
    const next = nextToSend(store.state);
    if (!next) return;
    const { conversation, message } = next;
    const end = connection.send((client) =>
      conversation.kind === 'direct'
        ? client.sendTo(conversation.login, message.text)
        : client.broadcast(message.text),
    );
    if (end !== null) store.dispatch({ type: 'sent', id: message.id, end });
  });
}
