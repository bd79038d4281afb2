/** The one value that changes, and who wants to know. */
export interface Store<S, E> {
  readonly state: S;
  readonly dispatch: (event: E) => void;
  readonly subscribe: (listener: (state: S) => void) => () => void;
}

export function createStore<S, E>(reduce: (state: S, event: E) => S, initial: S): Store<S, E> {
  const listeners = new Set<(state: S) => void>();
  let state = initial;
  return {
    get state() {
      return state;
    },
    dispatch(event) {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      // Not `next`: a listener may itself have brought about a newer one.
      for (const listener of listeners) listener(state);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
