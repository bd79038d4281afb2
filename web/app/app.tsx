import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import {
  CATALOGUES,
  loadLazyCatalogue,
  preferredLanguages,
  type Catalogue,
  type LazyCatalogue,
  type Locale,
} from '../i18n/catalogue.ts';
import { regionOf } from '../i18n/time.ts';
import { oncePerPaint } from '../platform/paint.ts';
import type { Actions } from '../state/actions.ts';
import type { Drafts } from '../state/drafts.ts';
import type { Event } from '../state/reduce.ts';
import type { State } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { Chat } from '../components/shell/chat.tsx';
import { ToolsContext, type LazyActions } from '../components/base/context.ts';
import { leaveKeysToInputMethods } from '../components/base/input-method.ts';
import { Join } from '../components/shell/join.tsx';
import { Missing } from '../components/base/missing.tsx';

interface Props {
  store: Store<State, Event>;
  actions: Actions;
  drafts: Drafts;
  /** Loads the lazy parts, once. */
  loadLazy: () => Promise<LazyActions>;
}

/** The whole page: the join screen, or the chat. */
export function App({ store, actions, drafts, loadLazy }: Props) {
  const [state, setState] = useState(store.state);
  useLayoutEffect(leaveKeysToInputMethods, []);
  useLayoutEffect(() => {
    const show = () => setState(store.state);
    const showOnPaint = oncePerPaint(show);
    let { openings } = store.state;
    return store.subscribe((next) => {
      if (next.openings === openings) return showOnPaint();
      // Keys that come within this frame are for the conversation that was chosen.
      openings = next.openings;
      show();
    });
  }, [store]);
  const { phase } = state;
  const [isNameWrong, setNameWrong] = useState(false);
  // On the join screen, too, when there is more to say than a name that was refused.
  const isUrgent =
    phase.kind === 'inside' || isNameWrong || (phase.kind === 'outside' && phase.reason !== null);
  const lazyActions = useLazyParts(isUrgent, loadLazy);
  const { locale, text, lazyText } = useWords(state.locale, lazyActions !== null);
  const lazy = useMemo(
    () => lazyActions && lazyText && { ...lazyActions, text: lazyText },
    [lazyActions, lazyText],
  );
  const tools = useMemo(
    () => ({
      locale,
      region: regionOf(locale, preferredLanguages()),
      text,
      actions,
      drafts,
      lazy,
    }),
    [text, actions, lazy],
  );
  return (
    <ToolsContext.Provider value={tools}>
      {state.phase.kind === 'inside' ? (
        <Chat state={state} phase={state.phase} />
      ) : (
        <Join phase={state.phase} lastName={state.lastName} onWrong={() => setNameWrong(true)} />
      )}
      {lazy && <lazy.Panels state={state} />}
      <Missing />
    </ToolsContext.Provider>
  );
}

interface Words {
  readonly locale: Locale;
  readonly text: Catalogue;
  readonly lazyText: LazyCatalogue | null;
}

/** The texts of a language, once all of them are there that are wanted; until then those of the one before. */
function useWords(locale: Locale, wantsLazy: boolean): Words {
  const [words, setWords] = useState<Words>({ locale, text: CATALOGUES[locale], lazyText: null });
  useLayoutEffect(() => void (document.documentElement.lang = words.locale), [words.locale]);
  useEffect(() => {
    if (words.locale === locale && (words.lazyText || !wantsLazy)) return;
    const unwanted = new AbortController();
    const { signal } = unwanted;
    const set = (lazyText: LazyCatalogue | null) =>
      signal.aborted || setWords({ locale, text: CATALOGUES[locale], lazyText });
    if (!wantsLazy) set(null);
    // It rejects only when nobody wants them any more.
    else loadLazyCatalogue(locale, signal).then(set, () => undefined);
    return () => unwanted.abort();
  }, [locale, wantsLazy]);
  return words;
}

/** Time, in ms, that the join screen has for itself. */
const THINKING_MS = 1_500;
/** Timeout of the wait for an idle browser, in ms. */
const IDLE_MS = 2_000;

/**
 * Loads the lazy parts once the room has been shown and the browser is idle; on the join screen, while a name is thought
 * of. Null until they are there.
 */
function useLazyParts(isUrgent: boolean, load: () => Promise<LazyActions>): LazyActions | null {
  const [actions, setActions] = useState<LazyActions | null>(null);
  useEffect(() => {
    if (actions) return;
    const ask = () => void load().then(setActions);
    const whenIdle = () => {
      if ('requestIdleCallback' in globalThis) requestIdleCallback(ask, { timeout: IDLE_MS });
      else setTimeout(ask);
    };
    if (isUrgent) return whenIdle();
    const timer = setTimeout(whenIdle, THINKING_MS);
    return () => clearTimeout(timer);
  }, [isUrgent]);
  return actions;
}
