import { expect, it } from 'vitest';
import { chooserOf, namesMeant } from '../../web/components/composer/chooser.ts';
import { onlineOf } from '../../web/state/presence.ts';
import { parseTyped } from '../../web/state/slash-commands.ts';
import { initialState, type State } from '../../web/state/state.ts';

const among = (...logins: string[]): State => ({ ...initialState('en'), online: onlineOf(logins) });

it('a command means whom it meant while it was typed: what is for one who has left is not for half the name', () => {
  const typed = '/msg Ana Maria for you alone';
  const meant = (state: State) => parseTyped(typed, namesMeant(state));
  const place = { value: typed, selectionStart: typed.length, selectionEnd: typed.length };
  const field = { current: place as HTMLTextAreaElement };
  const proposed = { completion: null, chosen: 0 };
  const [state, left] = [among('Ana', 'Ana Maria'), among('Ana')];
  const rest = { composing: { current: false }, put: () => undefined, proposed, propose: () => undefined };
  expect(meant(left)).toMatchObject({ login: 'Ana', text: 'Maria for you alone' });
  chooserOf({ field, state, ...rest }).update('none');
  expect(meant(left)).toMatchObject({ login: 'Ana Maria', text: 'for you alone' });
});
