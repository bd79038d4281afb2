/**
 * What is being written, by conversation. It changes with every key, and only the composer shows it: so it is beside the
 * state, and nothing else is shown anew for it. It is saved with the conversations.
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

  /** Calls after each change of a draft. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
