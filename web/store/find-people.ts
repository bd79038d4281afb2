/** Looking for someone among those who are here. */
import type { Online } from './state.ts';

/** Making one takes longer than sorting with it. */
let order: { readonly locale: string; readonly compare: (a: string, b: string) => number } | undefined;

/** Those whose name holds `search`, in the order of the alphabet. */
export function findPeople(online: Online, search: string, locale: string): readonly string[] {
  const plain = (text: string) => text.toLowerCase().normalize('NFC');
  const sought = plain(search.trim());
  const found = [...online.values()].filter((login) => plain(login).includes(sought));
  if (order?.locale !== locale) order = { locale, compare: new Intl.Collator(locale).compare };
  return found.sort(order.compare);
}
