/** In the tab's own storage, which is at once: what changed so late, or failed, that the database does not have it. */
import { newestOf } from '../state/persist.ts';
import type { Late } from '../state/saved-page.ts';
import { inStorage, scope } from './scope.ts';

/** Entries per conversation when not all find room: the storage of a tab is small. */
const AT_LEAST = 50;

const item = (): string => `${scope()}.late`;

/** The copy of this login's page, if there is one. */
export function readLate(login: string): Late | null {
  const late = inStorage(() => JSON.parse(sessionStorage.getItem(item()) ?? 'null') as Late | null) ?? null;
  return late && (late.login ?? login) === login ? late : null;
}

/** False when there is no room for it. */
export function writeLate(late: Late): boolean {
  const write = (copy: Late) => {
    sessionStorage.setItem(item(), JSON.stringify(copy));
    return true;
  };
  const short = { ...late, conversations: late.conversations.map((part) => newestOf(part, AT_LEAST)) };
  return inStorage(() => write(late)) ?? inStorage(() => write(short)) ?? false;
}

export function dropLate(): void {
  inStorage(() => sessionStorage.removeItem(item()));
}
