/** What every view may need: the texts, the language, and what can be done. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Catalogue, LazyCatalogue, Locale } from '../../i18n/catalogue.ts';
import type { Actions } from '../../state/actions.ts';
import type { Drafts } from '../../state/drafts.ts';
import type { PrivateActions } from '../../state/private-actions.ts';

/** What comes with the lazy parts. */
export interface LazyTools {
  readonly text: LazyCatalogue;
  readonly privates: PrivateActions;
}

export interface Tools {
  readonly locale: Locale;
  /** The form of the language that times are written in. */
  readonly region: string;
  readonly text: Catalogue;
  readonly actions: Actions;
  readonly drafts: Drafts;
  /** Shows one of the panels over the page. */
  readonly show: (panel: Panel) => void;
  /** Null until the lazy parts and their texts are there. */
  readonly lazy: LazyTools | null;
}

export type Panel = 'help' | 'jump' | 'settings' | 'wire';

export const ToolsContext = createContext<Tools | null>(null);

/** For views inside of the app, which provides the tools. */
export function useTools(): Tools {
  return useContext(ToolsContext)!;
}

/** For views that are lazy parts themselves. */
export function useLazyTools(): LazyTools {
  const { lazy } = useTools();
  if (!lazy) throw new Error('a view shown too early');
  return lazy;
}
