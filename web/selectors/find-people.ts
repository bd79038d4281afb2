/** Search among those who are here. */
import { fold } from '../text/fold.ts';
import type { Online } from '../state/state.ts';

/** Order of the last locale: making one takes longer than sorting with it. */
let order: { readonly locale: string; readonly compare: (a: string, b: string) => number } | undefined;
/** Everyone, in order, as of the last time: many come one by one, and sorting all for each of them takes too long. */
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
  if (online !== sortedOf) sorted = bringUpToDate(sorted, new Set(online.values()), order.compare);
  sortedOf = online;
  const sought = fold(search.trim());
  return sought === '' ? sorted : sorted.filter((login) => fold(login).includes(sought));
}

function bringUpToDate(
  before: readonly string[],
  now: Set<string>,
  compare: (a: string, b: string) => number,
): readonly string[] {
  const stayed = before.filter((login) => now.delete(login));
  // The people left in `now` have come since.
  const came = [...now].sort(compare);
  const all: string[] = [];
  let taken = 0;
  for (const login of came) {
    const place = placeOf(login, stayed, taken, compare);
    all.push(...stayed.slice(taken, place), login);
    taken = place;
  }
  return [...all, ...stayed.slice(taken)];
}

/** Number of the sorted `logins` that come before this one, at least `low` of them: found by halves. */
function placeOf(
  login: string,
  logins: readonly string[],
  low: number,
  compare: (a: string, b: string) => number,
): number {
  for (let high = logins.length; low < high;) {
    const middle = (low + high) >> 1;
    if (compare(logins[middle]!, login) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
