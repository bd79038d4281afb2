/**
 * The pending save: what changed so late, or failed to be saved, that the database does not have it. It is in the tab's own
 * storage, which is at once.
 */
import { loginKey } from '../../shared/protocol/login.ts';
import { newestOf, type PendingSave } from '../state/saved-form.ts';
import { inStorage, scope } from './scope.ts';

/** Entries per conversation when not all find room: the storage of a tab is small. */
const AT_LEAST = 50;

/** Named as by earlier versions of the page, whose pending saves are read as well. */
const item = (): string => `${scope()}.late`;

/** The pending save of this login's page, if there is one. */
export function readPendingSave(login: string): PendingSave | null {
  const pending =
    inStorage(() => JSON.parse(sessionStorage.getItem(item()) ?? 'null') as PendingSave | null) ?? null;
  return pending && loginKey(pending.login ?? login) === loginKey(login) ? pending : null;
}

/** False when there is no room for it. */
export function writePendingSave(pending: PendingSave): boolean {
  const write = (copy: PendingSave) => {
    sessionStorage.setItem(item(), JSON.stringify(copy));
    return true;
  };
  const short = { ...pending, conversations: pending.conversations.map((part) => newestOf(part, AT_LEAST)) };
  return inStorage(() => write(pending)) ?? inStorage(() => write(short)) ?? false;
}

export function dropPendingSave(): void {
  inStorage(() => sessionStorage.removeItem(item()));
}
