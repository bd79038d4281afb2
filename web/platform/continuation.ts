/** Place for what continues in this tab the conversation of another one: the persistence, once it is loaded. */
interface Continuation {
  /** Resolves to false when there is no such tab any more. */
  continueHere: ((login: string) => Promise<boolean>) | null;
}

export const continuation: Continuation = { continueHere: null };
