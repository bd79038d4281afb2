/** What a person can do about private connections, and what the page does by itself. */
import { judgeLogin, loginKey } from '../../shared/login.ts';
import { Opcode, type FrameWith } from '../../shared/protocol.ts';
import type { Connection, ConnectionEvent } from '../net/connection.ts';
import type { Legs } from '../net/legs.ts';
import type { Event } from './reduce.ts';
import {
  findPrivate,
  isLive,
  privateKey,
  type ConversationKey,
  type PrivateKey,
  type State,
} from './state.ts';
import type { Store } from './store.ts';

export interface PrivateActions {
  /** Asks someone for a private connection, accepts theirs if they have asked, or shows the one there is. */
  readonly requestPrivate: (login: string) => void;
  readonly acceptPrivate: (login: string) => void;
  readonly refusePrivate: (login: string) => void;
  /** Stops waiting for an answer. There is no command to take a request back: theirs will lead nowhere. */
  readonly cancelPrivate: (login: string) => void;
  /** Ends our writing; what they write still comes (D21). */
  readonly endPrivate: (key: ConversationKey) => void;
}

export interface PrivateLink {
  readonly actions: PrivateActions;
  /** Writes on an open private connection. */
  readonly say: (key: PrivateKey, text: string) => void;
  /** Lets all private connections go. */
  readonly leave: () => void;
  /** Acts on what came over the main connection, once the state knows it. */
  readonly heed: (event: ConnectionEvent) => void;
}

/** How long a request is good for (D15), in ms. */
const REQUEST_MS = 5 * 60_000;
/** How long both ends have to come (D17), in ms, and a little for the way. */
const WAITING_MS = 65_000;

export type PrivateConnection = Pick<Connection, 'requestPrivate' | 'acceptPrivate' | 'refusePrivate'>;

export function linkPrivates(
  store: Store<State, Event>,
  connection: PrivateConnection,
  legs: Pick<Legs<PrivateKey>, 'open' | 'say' | 'end' | 'drop' | 'has' | 'leave'>,
): PrivateLink {
  const { dispatch } = store;
  const self = () => (store.state.phase.kind === 'inside' ? store.state.phase.login : null);
  const find = (login: string) => findPrivate(store.state, privateKey(login));

  /** What is so now is over in a while, unless something changes before. */
  const expire = (key: PrivateKey, ms: number) => {
    const since = findPrivate(store.state, key)?.since;
    if (since === undefined) return;
    setTimeout(() => {
      dispatch({ type: 'private-timeout', key, since, at: Date.now() });
      if (findPrivate(store.state, key)?.stage === 'lapsed') legs.drop(key);
    }, ms);
  };
  const wait = (key: PrivateKey) => {
    dispatch({ type: 'private-stage', key, stage: 'waiting', at: Date.now() });
    expire(key, WAITING_MS);
  };
  const accept = (login: string) => {
    const key = privateKey(login);
    if (!find(login)?.asked || connection.acceptPrivate(login) === null) return;
    // What was there before is over: both want a new one.
    legs.drop(key);
    wait(key);
  };

  const granted = ({ login_requester, login_target, connect_id }: FrameWith<8>) => {
    const login = self();
    if (login === null) return;
    const byUs = loginKey(login_requester) === loginKey(login);
    const key = privateKey(byUs ? login_target : login_requester);
    const there = findPrivate(store.state, key);
    const awaited = there && (there.asking || (there.stage === 'waiting' && !legs.has(key)));
    // Cancelled, or the second of two requests that crossed: both ends got the ids in the same order.
    if (!awaited) return;
    wait(key);
    legs.open(key, connect_id, login);
  };
  /** Both asked at once, so both want it: one of the two, and only one, accepts without asking anybody again. */
  const crossed = (requester: string) => {
    const login = self();
    if (login !== null && find(requester)?.asking && loginKey(login) < loginKey(requester)) accept(requester);
  };

  return {
    actions: {
      requestPrivate(login) {
        const login_self = self();
        if (login_self === null || judgeLogin(login) !== 'fine') return;
        // D13: the server ignores a request to oneself.
        if (loginKey(login) === loginKey(login_self)) return;
        const there = find(login);
        if (there?.asked) accept(login);
        else if (!there || !(there.asking || isLive(there.stage))) {
          const end = connection.requestPrivate(login);
          if (end === null) return;
          dispatch({ type: 'private-asking', login, end, at: Date.now() });
          expire(privateKey(login), REQUEST_MS);
        }
        dispatch({ type: 'opened', key: privateKey(login) });
      },
      acceptPrivate(login) {
        accept(login);
        if (find(login)) dispatch({ type: 'opened', key: privateKey(login) });
      },
      refusePrivate(login) {
        if (find(login)?.asked && connection.refusePrivate(login) !== null)
          dispatch({ type: 'private-declined', key: privateKey(login), at: Date.now() });
      },
      cancelPrivate(login) {
        if (find(login)?.asking)
          dispatch({ type: 'private-stage', key: privateKey(login), stage: 'cancelled', at: Date.now() });
      },
      endPrivate(key) {
        const there = findPrivate(store.state, key);
        if (!there || (there.stage !== 'open' && there.stage !== 'they-ended')) return;
        legs.end(there.key);
        dispatch({ type: 'private-stage', key: there.key, stage: 'i-ended', at: Date.now() });
      },
    },
    say(key, text) {
      const there = findPrivate(store.state, key);
      if (there?.stage !== 'open' && there?.stage !== 'they-ended') return;
      const written = legs.say(key, text);
      if (written) dispatch({ type: 'private-said', key, login: written.login, text, at: Date.now() });
    },
    leave: () => legs.leave(),
    heed(event) {
      if (event.type !== 'received') return;
      const { frame } = event;
      if (frame.opcode === Opcode.ID_PRIVATE) granted(frame);
      if (frame.opcode !== Opcode.REQUEST_PRIVATE) return;
      expire(privateKey(frame.login_requester), REQUEST_MS);
      crossed(frame.login_requester);
    },
  };
}
