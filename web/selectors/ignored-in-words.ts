import type { LazyCatalogue } from '../i18n/catalogue.ts';
import type { State } from '../state/state.ts';

/** Says who is ignored, and who is no more, since an earlier state: in the room nothing else says it. */
export function ignoredInWords(
  { ignoreList: before }: Pick<State, 'ignoreList'>,
  { ignoreList: now }: Pick<State, 'ignoreList'>,
  { ignored }: LazyCatalogue,
): string[] {
  if (before === now) return [];
  const only = (these: State['ignoreList'], others: State['ignoreList']) =>
    [...these].flatMap(([key, login]) => (others.has(key) ? [] : [login]));
  return [...only(now, before).map(ignored.banner), ...only(before, now).map(ignored.noMore)];
}
