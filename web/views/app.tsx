import { useEffect, useMemo, useState } from 'preact/hooks';
import { loadCatalogue, type Catalogue, type Locale } from '../i18n/catalogue.ts';
import { regionOf } from '../i18n/time.ts';
import type { Actions } from '../store/actions.ts';
import type { Event } from '../store/reduce.ts';
import type { State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { ToolsContext } from './context.ts';
import { Join } from './join.tsx';
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
  /** The texts in the language that the state begins with. */
  words: Catalogue;
  actions: Actions;
}

/** The whole page: the join screen, or the chat. */
export function App({ store, words, actions }: Props) {
  const [state, setState] = useState(store.state);
  useEffect(() => store.subscribe(oncePerFrame(() => setState(store.state))), [store]);
  const { show, view } = usePanels();
  const { locale, text } = useWords(state.locale, words);
  const chat = useChat(state.phase.kind !== 'outside');
  const tools = useMemo(
    () => ({
      show,
      locale,
      region: regionOf(locale, navigator.languages),
      text,
      actions,
    }),
    [text, actions],
  );
  return (
    <ToolsContext.Provider value={tools}>
      {chat && state.phase.kind === 'inside' ? (
        <chat.Chat state={state} phase={state.phase} />
      ) : (
        <Join
          phase={state.phase.kind === 'inside' ? { kind: 'joining', login: state.phase.login } : state.phase}
          lastName={state.lastName}
        />
      )}
      {view(state)}
    </ToolsContext.Provider>
  );
}

/** The texts of a language, once they are there; until then those of the one before. */
function useWords(locale: Locale, first: Catalogue): { locale: Locale; text: Catalogue } {
  const [words, setWords] = useState({ locale, text: first });
  useEffect(() => {
    if (words.locale === locale) return;
    let wanted = true;
    loadCatalogue(locale).then(
      (text) => wanted && setWords({ locale, text }),
      // Away from the server: the language stays as it is.
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [locale]);
  return words;
}

type ChatModule = typeof import('./chat.tsx');

/** How long after a failure to ask for the chat again, in ms. */
const RETRY_MS = 1_000;

/** What comes after the join screen: loaded from the first letter of a name on, so that the screen itself is quick. */
function useChat(wanted: boolean): ChatModule | null {
  const [chat, setChat] = useState<ChatModule | null>(null);
  const [asked, setAsked] = useState(wanted);
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    const ask = () => setAsked(true);
    addEventListener('input', ask, { once: true });
    return () => removeEventListener('input', ask);
  }, []);
  useEffect(() => {
    if (!wanted && !asked) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    import('./chat.tsx').then(setChat, () => {
      timer = setTimeout(() => setFailures(failures + 1), RETRY_MS);
    });
    return () => clearTimeout(timer);
  }, [wanted || asked, failures]);
  return chat;
}
