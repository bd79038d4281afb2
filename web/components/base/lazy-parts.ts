/**
 * Lazy parts: what a working room does without. Each folder exports its own from its `lazy.ts`, which only
 * app/lazy.ts imports: so the build makes them one file, which is loaded when the room has been shown, or when something
 * needs it.
 */
import { useTools } from './context.ts';

/** Exports of a `lazy.ts`; null until it is loaded, and app/lazy.ts has put them here. */
interface LazyParts<T> {
  loaded: T | null;
}

/** The place for the parts of a folder: `lazyParts<typeof import('./lazy.ts')>()`. */
export function lazyParts<T>(): LazyParts<T> {
  return { loaded: null };
}

/** Lazy parts for a view; null until they and their texts are there, which shows the view anew. */
export function useParts<T>({ loaded }: LazyParts<T>): T | null {
  return useTools().lazy && loaded;
}
