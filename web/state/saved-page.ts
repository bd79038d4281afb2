/** The form in which a page is saved on this device. */
import type { Entry } from './entries.ts';
import type { Conversation, ConversationKey } from './state.ts';

type Plain<C> = C extends Conversation ? Omit<C, 'log'> & { readonly entries: readonly Entry[] } : never;

/** A conversation with what is being written in it, and its log as what it holds. */
export type SavedConversation = Plain<Conversation> & { readonly draft?: string };

/** The page of one login, in parts that are stored each by itself. */
export interface Saved {
  readonly page: SavedPage;
  readonly conversations: readonly SavedConversation[];
}

export interface SavedPage {
  readonly version: 1;
  /** Time it was saved, or of the loss before, in ms since 1970: what was said since is missing. */
  readonly at: number;
  readonly active: ConversationKey;
  readonly server: string | null;
  readonly nextId: number;
  /** The conversations, in their order. */
  readonly keys: readonly ConversationKey[];
  /** Count of this save, over all visits of the page: a clock can be set back. */
  readonly count?: number;
  /** The document that saved it. */
  readonly by?: string;
}

/** A copy in the tab's own storage of what the database may not have. */
export interface PendingSave extends Saved {
  /** Login whose page it is; copies of older versions do not say. */
  readonly login?: string;
  /** True when it was made without knowing what the database has: it does not replace that, but follows it. */
  readonly apart?: boolean;
}
