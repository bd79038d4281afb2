/**
 * Drafts, by conversation. They change with every key, and only the composer shows them: so they are beside the state,
 * and nothing else is shown anew for them. They are saved with the conversations.
 */
import type { ConversationKey } from './state.ts';

export class Drafts {
  readonly #texts = new Map<ConversationKey, string>();
  readonly #listeners = new Set<() => void>();

  of(key: ConversationKey): string {
    return this.#texts.get(key) ?? '';
  }

  set(key: ConversationKey, text: string): void {
    this.#texts.set(key, text);
    for (const listener of this.#listeners) listener();
  }

  /** Forgets all: the person leaves. */
  clear(): void {
    this.#texts.clear();
  }

  /** Calls `listener` after each change of a draft. Returns a function that ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
