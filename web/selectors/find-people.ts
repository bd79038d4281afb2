/** Search among those who are here. */
import { fold } from '../text/fold.ts';
import type { Online } from '../state/state.ts';

/** Order of the last locale: making one takes longer than sorting with it. */
let order: { readonly locale: string; readonly compare: (a: string, b: string) => number } | undefined;
/** Everyone, in order, as of the last time: to sort what is in order, but for those who have come, takes little. */
let sorted: readonly string[] = [];
/** The people they are. */
let sortedOf: Online | undefined;

/** People whose name holds `search`, in the order of the alphabet, and of numbers: "desk 9" is before "desk 10". */
export function findPeople(online: Online, search: string, locale: string): readonly string[] {
  if (order?.locale !== locale) {
    order = { locale, compare: new Intl.Collator(locale, { numeric: true }).compare };
    sorted = [];
    sortedOf = undefined;
  }
  if (online !== sortedOf) {
    const others = new Set(online.values());
    const stayed = sorted.filter((login) => others.delete(login));
    sorted = [...stayed, ...others].sort(order.compare);
  }
  sortedOf = online;
  const sought = fold(search.trim());
  return sought === '' ? sorted : sorted.filter((login) => fold(login).includes(sought));
}
