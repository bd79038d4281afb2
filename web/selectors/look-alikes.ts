/** Those who can be taken for somebody else, of all whom the page names; pure. */
import { loginKey } from '../../shared/protocol/login.ts';
import { lookAlikesAmong, type LookAlikes } from '../../shared/protocol/look-alikes.ts';
import type { LazyCatalogue } from '../i18n/catalogue.ts';
import { selfOf, type Online, type State } from '../state/state.ts';
import { namesIn } from './names.ts';

/**
 * Finds those who look alike among who is here, whom one has conversations with, who is named in the room's log, and oneself.
 * @param online who is here, where others are shown than the state has
 */
export function lookAlikesIn(state: State, online: Online = state.online): LookAlikes {
  const { conversations } = state;
  const partners = conversations.map((one) => (one.kind === 'room' ? '' : one.login));
  const named = namesIn(conversations[0].log.all);
  const logins = [selfOf(state) ?? '', ...partners, ...online.values(), ...named].filter(Boolean);
  return lookAlikesAmong(new Set(logins.map(loginKey)));
}

/** The mark of look-alikes in words, for each of these logins that needs it: where a name stands that nobody sees. */
export function lookAlikesInWords(
  logins: Iterable<string>,
  alike: LookAlikes,
  { people: { lookAlike } }: LazyCatalogue,
): string[] {
  return [...new Set(logins)].flatMap((login) => {
    const other = alike.get(loginKey(login));
    return other === undefined ? [] : [lookAlike.named(login, other)];
  });
}
