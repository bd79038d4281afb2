/** Tools of the views that are lazy parts themselves. */
import type { Catalogue } from '../../i18n/catalogue.ts';
import { useTools, type Added, type Tools } from './context.ts';

/** All tools of a view that is a lazy part itself. `first`: the texts of a working room. */
export interface LazyTools extends Omit<Tools, 'text' | 'lazy'>, Added {
  readonly first: Catalogue;
}

/** Returns the tools, for views that are lazy parts themselves. */
export function useLazyTools(): LazyTools {
  const { lazy, text: first, ...tools } = useTools();
  if (!lazy) throw new Error('a view shown too early');
  return { ...tools, ...lazy, first };
}
