/** Selects who was here when the connection was lost, and has not been since: a class that is not whole again. */
import { loginKey } from '../../shared/protocol/login.ts';
import { selfOf, type Online, type State } from '../state/state.ts';

const NOBODY: Online = new Map();

/** Those who are not back, of those until now; nobody where it is not known who is here. */
export function notBackAfter(notBack: Online, before: State, now: State): Online {
  if (now.online.size === 0) return NOBODY;
  // A list that comes anew, in parts, is no loss.
  if (before.synced && !now.synced && now.lostAt !== null) {
    const all = new Map([...notBack, ...before.online]);
    all.delete(loginKey(selfOf(before) ?? ''));
    return all;
  }
  if (now.online === before.online || notBack.size === 0) return notBack;
  return new Map([...notBack].filter(([key]) => !now.online.has(key)));
}
