/** Doing what was typed, or saying why it cannot be done. */
import { judgeLogin, loginKey } from '../../shared/protocol/login.ts';
import { MAX_LOGIN_BYTES } from '../../shared/protocol/commands.ts';
import type { Catalogue, LazyCatalogue } from '../i18n/catalogue.ts';
import type { CommandName, Typed } from '../text/slash-commands.ts';
import { canBeSent, type Actions } from './actions.ts';
import type { PrivateActions } from './private-actions.ts';
import { canWrite, privateKey } from './private-state.ts';
import { findPrivate, type Conversation, type State } from './state.ts';

export interface Place {
  readonly state: State;
  readonly conversation: Conversation;
  readonly text: Catalogue;
  readonly actions: Actions;
  readonly lazy: { readonly text: LazyCatalogue; readonly privates: PrivateActions };
  readonly show: (panel: 'help') => void;
}

type Slash = Exclude<Typed, { kind: 'text' }>;

/** What is wrong, in words; null when it was done, and for a text, which is not a command. */
export function carryOut(typed: Typed, place: Place): string | null {
  const { conversation, lazy } = place;
  const { text } = lazy;
  switch (typed.kind) {
    case 'text':
      return null;
    case 'unknown':
      return text.composer.unknown(typed.name);
    case 'incomplete':
      return text.composer.incomplete(text.help.usage[typed.name]);
    case 'help':
      place.show('help');
      return null;
    case 'end':
      if (conversation.kind !== 'private' || !canWrite(conversation.stage)) return text.composer.nothingToEnd;
      lazy.privates.endPrivate(conversation.key);
      return null;
    default: {
      const login = typed.login || loginOf(conversation);
      return login ? withPerson(typed, login, place) : text.composer.incomplete(text.help.usage[typed.kind]);
    }
  }
}

function withPerson(
  typed: Extract<Slash, { login: string }>,
  login: string,
  { state, text, actions, lazy }: Place,
): string | null {
  const { help, composer } = lazy.text;
  const problem = problemWith(login, state, text, lazy.text.jump.yourself);
  if (problem) return problem;
  if (typed.kind === 'msg') {
    if (!canBeSent(typed.text)) return composer.incomplete(help.usage.msg);
    actions.tell(login, typed.text);
  } else if (typed.kind === 'private') {
    lazy.privates.requestPrivate(login);
  } else {
    if (!findPrivate(state, privateKey(login))?.asked) return composer.notAsked(login);
    if (typed.kind === 'accept') lazy.privates.acceptPrivate(login);
    else lazy.privates.refusePrivate(login);
  }
  return null;
}

function problemWith(login: string, { phase }: State, text: Catalogue, yourself: string): string | null {
  const verdict = judgeLogin(login);
  if (verdict === 'too-long') return text.join.tooLong(MAX_LOGIN_BYTES);
  if (verdict !== 'fine') return text.join[verdict];
  return phase.kind === 'inside' && loginKey(phase.login) === loginKey(login) ? yourself : null;
}

function loginOf(conversation: Conversation): string {
  return conversation.kind === 'room' ? '' : conversation.login;
}

/** Whether a command needs the connection. */
export function isLocal({ kind }: Typed): boolean {
  const local: readonly (CommandName | 'unknown' | 'incomplete' | 'text')[] = [
    'help',
    'unknown',
    'incomplete',
    'end',
  ];
  return local.includes(kind);
}
