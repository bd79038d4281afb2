/** Context of every view: the texts, the language, and the actions. */
import { createContext, type ComponentType } from 'preact';
import { useContext } from 'preact/hooks';
import type { Catalogue, LazyCatalogue, Locale } from '../../i18n/catalogue.ts';
import type { Actions } from '../../state/actions.ts';
import type { Drafts } from '../../state/drafts.ts';
import type { ListActions } from '../../state/list-actions.ts';
import type { PrivateActions } from '../../state/private-state.ts';
import type { State } from '../../state/state.ts';
import type { Store } from '../../state/store.ts';

/** Actions that come with the lazy parts. */
export interface LazyActions {
  readonly privates: PrivateActions;
  readonly list: ListActions;
  /** Tries at once to come back, and notes when that was in vain. */
  readonly tryNow: () => void;
  /** Shows one of the panels over the page. */
  readonly show: (panel: Panel) => void;
  /** The panels that are shown. */
  readonly Panels: ComponentType<{ state: State }>;
  /** Every state of the page, of which views see only the one that is painted. */
  readonly states: Pick<Store<State, never>, 'state' | 'subscribe'>;
}

/** Tools that come with the lazy parts. */
export interface Added extends LazyActions {
  readonly text: LazyCatalogue;
}

export interface Tools {
  readonly locale: Locale;
  /** Regional form of the language (`en-GB`), in which times are written. */
  readonly region: string;
  readonly text: Catalogue;
  readonly actions: Actions;
  readonly drafts: Drafts;
  /** Null until the lazy parts and their texts are there. */
  readonly lazy: Added | null;
}

export type Panel = 'help' | 'invite' | 'jump' | 'settings' | 'wire';

export const ToolsContext = createContext<Tools | null>(null);

/** Returns the tools, for views inside of the app, which provides them. */
export function useTools(): Tools {
  return useContext(ToolsContext)!;
}
