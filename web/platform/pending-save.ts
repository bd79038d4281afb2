/**
 * The pending save: what changed so late, or failed to be saved, that the database does not have it. It is in the tab's own
 * storage, which is at once.
 */
import { loginKey } from '../../shared/protocol/login.ts';
import { newestOf, type PendingSave } from '../state/saved-form.ts';
import { inStorage, tabItem } from './scope.ts';

/** Entries per conversation when not all find room: the storage of a tab is small. */
const AT_LEAST = 50;

/** Named as by earlier versions of the page, whose pending saves are read as well. */
const item = tabItem('late');

/** The pending save of this login's page, if there is one. */
export function readPendingSave(login: string): PendingSave | null {
  const pending = inStorage(() => JSON.parse(item.get() ?? 'null') as PendingSave | null) ?? null;
  return pending && loginKey(pending.login ?? login) === loginKey(login) ? pending : null;
}

/** False when there is no room for it. */
export function writePendingSave(pending: PendingSave): boolean {
  const short = { ...pending, conversations: pending.conversations.map((part) => newestOf(part, AT_LEAST)) };
  return item.set(JSON.stringify(pending)) || item.set(JSON.stringify(short));
}

export function dropPendingSave(): void {
  item.set(null);
}
