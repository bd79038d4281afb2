import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import {
  loadCatalogue,
  loadLaterCatalogue,
  preferredLanguages,
  type Catalogue,
  type LaterCatalogue,
  type Locale,
} from '../i18n/catalogue.ts';
import { regionOf } from '../i18n/time.ts';
import type { Actions } from '../state/actions.ts';
import type { Event } from '../state/reduce.ts';
import type { State } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { Chat } from '../components/shell/chat.tsx';
import { ToolsContext, type LaterParts } from '../components/base/context.ts';
import { leaveKeysToInputMethods } from '../components/base/input-method.ts';
import { Join } from '../components/shell/join.tsx';
import { Missing } from '../components/base/missing.tsx';
import { usePanels } from './use-panels.tsx';

/**
 * However often the state changes, it is shown once per frame; a page in the background has no frames, and is shown
 * now and then.
 */
function oncePerFrame(show: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const now = () => {
      waiting = false;
      show();
    };
    if (document.hidden) setTimeout(now, HIDDEN_FRAME_MS);
    else requestAnimationFrame(now);
  };
}

const HIDDEN_FRAME_MS = 250;

interface Props {
  store: Store<State, Event>;
  /** The texts to begin with: in the language of the state, where they could be had. */
  words: { readonly locale: Locale; readonly text: Catalogue };
  actions: Actions;
  loadLater: () => Promise<LaterParts>;
}

/** The whole page: the join screen, or the chat. */
export function App({ store, words, actions, loadLater }: Props) {
  const [state, setState] = useState(store.state);
  useLayoutEffect(leaveKeysToInputMethods, []);
  useLayoutEffect(() => store.subscribe(oncePerFrame(() => setState(store.state))), [store]);
  const parts = useLaterParts(state.phase.kind === 'inside', loadLater);
  const { locale, text, laterText } = useWords(state.locale, words, parts !== null);
  const later = useMemo(() => parts && laterText && { ...parts, text: laterText }, [parts, laterText]);
  const { show, view } = usePanels();
  const tools = useMemo(
    () => ({
      show,
      locale,
      region: regionOf(locale, preferredLanguages()),
      text,
      actions,
      later,
    }),
    [text, actions, later],
  );
  return (
    <ToolsContext.Provider value={tools}>
      {state.phase.kind === 'inside' ? (
        <Chat state={state} phase={state.phase} />
      ) : (
        <Join phase={state.phase} lastName={state.lastName} />
      )}
      {later && view(state)}
      <Missing />
    </ToolsContext.Provider>
  );
}

interface Words {
  readonly locale: Locale;
  readonly text: Catalogue;
  readonly laterText: LaterCatalogue | null;
}

/** The texts of a language, once they are there; until then those of the one before. */
function useWords(locale: Locale, first: Props['words'], wantsLater: boolean): Words {
  const [words, setWords] = useState<Words>({ ...first, laterText: null });
  useEffect(() => {
    if (words.locale === locale && (words.laterText || !wantsLater)) return;
    const unwanted = new AbortController();
    const { signal } = unwanted;
    const later = wantsLater ? loadLaterCatalogue(locale, signal) : null;
    Promise.all([loadCatalogue(locale, signal), later]).then(
      ([text, laterText]) => signal.aborted || setWords({ locale, text, laterText }),
      // Only when nobody wants them any more.
      () => undefined,
    );
    return () => unwanted.abort();
  }, [locale, wantsLater]);
  return words;
}

/** How long the browser may put off what is to be done when it is idle, in ms. */
const IDLE_MS = 2_000;

/** What is loaded later: once the room has been shown, and there is nothing better to do. */
function useLaterParts(inside: boolean, load: () => Promise<LaterParts>): LaterParts | null {
  const [parts, setParts] = useState<LaterParts | null>(null);
  useEffect(() => {
    if (!inside || parts) return;
    const ask = () => void load().then(setParts);
    if ('requestIdleCallback' in globalThis) requestIdleCallback(ask, { timeout: IDLE_MS });
    else setTimeout(ask);
  }, [inside]);
  return parts;
}
