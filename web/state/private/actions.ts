/** Actions on private connections: those of a person, and those of the page itself. */
import { validateLogin, loginKey } from '../../../shared/protocol/login.ts';
import { Opcode, type CommandWith } from '../../../shared/protocol/commands.ts';
import type { ByteStream } from '../../../shared/stream/byte-stream.ts';
import type { Flow } from '../../../shared/stream/resumable.ts';
import type { Connection, ConnectionEvent } from '../../net/connection.ts';
import type { Lifetimes } from '../../../shared/protocol/about-room.ts';
import { fetchLifetimes } from '../../net/about-room.ts';
import { privateFlow, PrivateConnections } from '../../net/private-connections.ts';
import { reducePrivate, type PrivateEvent } from './reduce.ts';
import type { Event, Timed } from '../reduce.ts';
import { withLinkNote } from '../link-note.ts';
import { canWrite } from '../stage.ts';
import { isLive, privateKey, type PrivateActions, type PrivateKey } from '../private-state.ts';
import { findPrivate, isSelf, selfOf, type State } from '../state.ts';
import type { Store } from '../store.ts';

export interface PrivateLink {
  readonly actions: PrivateActions;
  /** Closes all private connections. */
  readonly closeAll: () => void;
  /** Handles what came over the main connection. */
  readonly onEvent: (event: Timed<ConnectionEvent>) => void;
}

/** Lifetimes until the server says its own: those of D15 and D17. */
const USUAL: Lifetimes = { request: 5 * 60_000, connectId: 3 * 60_000 };
/** Time, in ms, that the server's word of an end may be on its way. */
const ON_ITS_WAY_MS = 5_000;

/** Options of a stream of a private connection. */
interface StreamOptions {
  readonly flow: Flow;
  readonly onInterrupted: (isInterrupted: boolean) => void;
}

/**
 * Joins the state to private connections: what comes of them, and what the person does.
 * @param openStream opens a new stream to the server
 * @param askLifetimes asks how long requests and connect_ids live here
 */
export function linkPrivates(
  store: Store<State, Event>,
  connection: Pick<Connection, 'send'>,
  openStream: (options: StreamOptions) => ByteStream,
  askLifetimes = fetchLifetimes,
): PrivateLink {
  let lifetimes = USUAL;
  askLifetimes().then(
    (told) => (lifetimes = told ?? USUAL),
    () => undefined,
  );
  const dispatch = (event: PrivateEvent) =>
    store.dispatch({ type: 'changed', to: reducePrivate(store.state, event) });
  const connections = new PrivateConnections<PrivateKey>({
    open: (onInterrupted) => openStream({ flow: privateFlow(), onInterrupted }),
    report: (event) => dispatch({ ...event, at: Date.now() }),
    onWritable: () => void writeNext(),
  });
  const self = () => selfOf(store.state);
  const find = (login: string) => findPrivate(store.state, privateKey(login));

  /** Lets the present stage lapse when what it waits for has, unless it changes before. */
  const expire = (key: PrivateKey, awaited: keyof Lifetimes) => {
    const since = findPrivate(store.state, key)?.since;
    if (since === undefined) return;
    const remaining = () =>
      since + lifetimes[awaited] + (awaited === 'connectId' ? ON_ITS_WAY_MS : 0) - Date.now();
    const lapse = () => {
      // The server may have said only meanwhile that it waits longer.
      if (remaining() > 0) return void setTimeout(lapse, remaining());
      dispatch({ type: 'private-timeout', key, since, at: Date.now() });
      if (findPrivate(store.state, key)?.stage === 'lapsed') connections.close(key);
    };
    setTimeout(lapse, remaining());
  };
  const wait = (key: PrivateKey, end?: number) => {
    dispatch({
      type: 'private-stage',
      key,
      stage: 'waiting',
      ...(end !== undefined && { end }),
      at: Date.now(),
    });
    expire(key, 'connectId');
  };
  /**
   * Says when a command was not sent, since there is no connection. None is kept for later: a request lapses with the
   * connection, and nobody is to be answered whom one has forgotten.
   */
  const sent = (end: number | null): end is number => {
    if (end === null)
      store.dispatch({
        type: 'changed',
        to: withLinkNote(store.state, { kind: 'not-sent', at: Date.now() }),
      });
    return end !== null;
  };
  const accept = (login: string) => {
    const key = privateKey(login);
    if (!find(login)?.asked) return;
    const end = connection.send((client) => client.acceptPrivate(login));
    if (!sent(end)) return;
    // The connection before is over: both want a new one.
    connections.close(key);
    wait(key, end);
  };

  /** Accepts, and opens the conversation, unless its request is still to be answered. */
  const answer = (login: string) => {
    accept(login);
    if (find(login)?.asked === false) store.dispatch({ type: 'opened', key: privateKey(login) });
  };

  const granted = ({ login_requester, login_target, connect_id }: CommandWith<typeof Opcode.ID_PRIVATE>) => {
    const login = self();
    if (login === null) return;
    const byUs = isSelf(store.state, login_requester);
    const key = privateKey(byUs ? login_target : login_requester);
    const there = findPrivate(store.state, key);
    const awaited = there && (there.asking || (there.stage === 'waiting' && !connections.has(key)));
    // It was cancelled, or is the second of two requests that crossed: both ends got the ids in the same order.
    if (!awaited) return;
    wait(key);
    connections.open(key, connect_id, login);
  };
  /** Accepts when both asked at once, so both want it: one of the two, and only one, does, without asking again. */
  const crossed = (requester: string) => {
    const login = self();
    if (login !== null && find(requester)?.asking && loginKey(login) < loginKey(requester)) accept(requester);
  };

  /**
   * Writes the next text that waits and has room, or that is for the conversation `ending`. False when there is none.
   * The state changes by it, and so the one after it follows.
   */
  const writeNext = (ending?: PrivateKey): boolean => {
    for (const conversation of store.state.conversations) {
      if (conversation.kind !== 'private' || !canWrite(conversation.stage)) continue;
      const { key, outgoing } = conversation;
      const next = outgoing.find(({ state }) => state === 'waiting');
      const login =
        next && (connections.isWritable(key) || key === ending)
          ? connections.write(key, next.text)
          : undefined;
      if (!next || login === undefined) continue;
      dispatch({ type: 'private-said', key, id: next.id, login, at: Date.now() });
      return true;
    }
    return false;
  };
  store.subscribe(() => void writeNext());

  return {
    actions: {
      requestPrivate(login) {
        if (self() === null || validateLogin(login) !== 'fine') return;
        // D13: the server ignores a request to oneself.
        if (isSelf(store.state, login)) return;
        const there = find(login);
        if (there?.asked) {
          answer(login);
          return;
        }
        if (!there || !(there.asking || isLive(there.stage))) {
          const end = connection.send((client) => client.requestPrivate(login));
          if (!sent(end)) return;
          dispatch({ type: 'private-asking', login, end, at: Date.now() });
          expire(privateKey(login), 'request');
        }
        store.dispatch({ type: 'opened', key: privateKey(login) });
      },
      acceptPrivate: answer,
      refusePrivate(login) {
        if (find(login)?.asked && sent(connection.send((client) => client.refusePrivate(login))))
          dispatch({ type: 'private-declined', key: privateKey(login), at: Date.now() });
      },
      cancelPrivate(login) {
        const there = find(login);
        if (!there || !(there.asking || there.stage === 'waiting')) return;
        if (!there.asking) connections.close(there.key);
        dispatch({ type: 'private-stage', key: there.key, stage: 'cancelled', at: Date.now() });
      },
      endPrivate(login) {
        const there = find(login);
        if (!there || !(canWrite(there.stage) || there.stage === 'i-ended')) return;
        const { key } = there;
        const stage = canWrite(there.stage) ? 'i-ended' : 'i-closed';
        while (writeNext(key));
        if (stage === 'i-ended') connections.end(key);
        else connections.close(key);
        dispatch({ type: 'private-stage', key, stage, at: Date.now() });
      },
    },
    closeAll: () => connections.closeAll(),
    onEvent(event) {
      dispatch(event);
      if (event.type !== 'received') return;
      const { command } = event;
      if (command.opcode === Opcode.ID_PRIVATE) granted(command);
      if (command.opcode !== Opcode.REQUEST_PRIVATE) return;
      expire(privateKey(command.login_requester), 'request');
      crossed(command.login_requester);
    },
  };
}
