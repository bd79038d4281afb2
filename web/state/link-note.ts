/** Notes on a lost connection: an action of a person that was not sent for it, and a try to come back in vain. */
import { isServerThere } from '../net/reach.ts';
import type { Event } from './reduce.ts';
import type { LinkNote, State } from './state.ts';
import type { Store } from './store.ts';

/** Timeout, in ms, of a server that answers over HTTP: by then the connection is back, or the try was in vain. */
export const CONNECTING_MS = 5_000;

/** The state with this note; the banner of the connection shows it, and the announcer says it. */
export function withLinkNote(state: State, linkNote: LinkNote | null): State {
  return linkNote === state.linkNote ? state : { ...state, linkNote };
}

/**
 * Tries at once to come back, and notes when that was in vain. Tries that nobody asked for note nothing.
 * @param ask asks whether the server is there; the connection asks the same, and both share one request
 */
export function createTryNow(
  store: Pick<Store<State, Event>, 'state' | 'dispatch'>,
  retryNow: () => void,
  ask = isServerThere,
): () => void {
  let tries = 0;
  const note = (linkNote: LinkNote | null) =>
    store.dispatch({ type: 'changed', to: withLinkNote(store.state, linkNote) });
  return () => {
    const own = ++tries;
    const report = () => {
      const { phase } = store.state;
      if (own === tries && phase.kind === 'inside' && phase.link === 'lost')
        note({ kind: 'unreached', at: Date.now() });
    };
    // The same words again are seen to be new ones.
    note(null);
    retryNow();
    void ask().then((isThere) => (isThere ? setTimeout(report, CONNECTING_MS) : report()));
  };
}
