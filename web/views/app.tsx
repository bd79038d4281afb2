import { useEffect, useMemo, useState } from 'preact/hooks';
import { catalogues } from '../i18n/catalogue.ts';
import { regionOf } from '../i18n/time.ts';
import type { Actions } from '../store/actions.ts';
import type { Event } from '../store/reduce.ts';
import type { State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { Chat } from './chat.tsx';
import { ToolsContext } from './context.ts';
import { Join } from './join.tsx';

/** The whole page: the join screen, or the chat. */
export function App({ store, actions }: { store: Store<State, Event>; actions: Actions }) {
  const [state, setState] = useState(store.state);
  useEffect(() => store.subscribe(setState), [store]);
  const tools = useMemo(
    () => ({
      locale: state.locale,
      region: regionOf(state.locale, navigator.languages),
      text: catalogues[state.locale],
      actions,
    }),
    [state.locale, actions],
  );
  return (
    <ToolsContext.Provider value={tools}>
      {state.phase.kind === 'inside' ? (
        <Chat state={state} phase={state.phase} />
      ) : (
        <Join phase={state.phase} />
      )}
    </ToolsContext.Provider>
  );
}
