/**
 * Slash commands, as one table: what each takes, when it may be used, what it does. Their texts are `commands` of
 * i18n/en-reference.ts and fr-reference.ts.
 */
import { MAX_LOGIN_BYTES } from '../../shared/protocol/commands.ts';
import { loginKey, validateLogin } from '../../shared/protocol/login.ts';
import type { LazyCatalogue, Locale } from '../i18n/catalogue.ts';
import { fold } from '../text/fold.ts';
import { canBeSent, type Actions } from './actions.ts';
import { isOnIgnoreList } from './ignore-list.ts';
import type { ListActions } from './list-actions.ts';
import { canWrite } from './stage.ts';
import { privateKey, type PrivateActions } from './private-state.ts';
import { directKey, findPrivate, isSelf, isUp, type Conversation, type State } from './state.ts';

/** The names are those of the English texts: an entry or a text in French that is missing, or too many, does not compile. */
export type CommandName = keyof LazyCatalogue['commands'];

/** Context of a command: where it is written, and what it can act on. */
export interface CommandContext {
  readonly state: State;
  readonly conversation: Conversation;
  readonly actions: Actions;
  readonly lazy: {
    readonly text: LazyCatalogue;
    readonly privates: PrivateActions;
    readonly list: ListActions;
    readonly show: (panel: 'help') => void;
  };
}

/** Arguments of a command. `login`: the person that was named, else the one of the open conversation. */
interface Arguments {
  readonly login: string;
  readonly text: string;
}

interface SlashCommand {
  /** Its name in French. Both names are understood in every language. */
  readonly french: string;
  readonly takes: 'nothing' | 'person' | 'person and text';
  /** True when it needs the connection to the server. */
  readonly online: boolean;
  /** Objection to it, in words; null when it may be done. Without this it may always. */
  readonly objection?: (given: Arguments, context: CommandContext) => string | null;
  readonly run: (given: Arguments, context: CommandContext) => void;
}

const unlessAsked = ({ login }: Arguments, { state, lazy }: CommandContext) =>
  findPrivate(state, privateKey(login))?.asked ? null : lazy.text.composer.notAsked(login);

/** Nothing would happen in the private connection itself: the words say that it is there. */
const unlessOpenHere = ({ login }: Arguments, { conversation, lazy }: CommandContext) =>
  conversation.key === privateKey(login) && !conversation.asked && conversation.stage === 'open'
    ? lazy.text.private.open
    : null;

/** Sends a text that can be sent to one person, and shows that conversation. */
export function sendDirect(actions: Actions, login: string, text: string): void {
  actions.writeTo(login);
  actions.send({ key: directKey(login) }, text);
}

/** Commands, in the order in which help and completion show them. */
export const SLASH_COMMANDS: { readonly [Name in CommandName]: SlashCommand } = {
  msg: {
    french: 'mp',
    takes: 'person and text',
    // It waits for the connection as every message does.
    online: false,
    objection: ({ text }, context) => (canBeSent(text) ? null : incomplete('msg', context)),
    run: ({ login, text }, { actions }) => sendDirect(actions, login, text),
  },
  private: {
    french: 'prive',
    takes: 'person',
    online: true,
    objection: unlessOpenHere,
    run: ({ login }, { lazy }) => lazy.privates.requestPrivate(login),
  },
  accept: {
    french: 'accepter',
    takes: 'person',
    online: true,
    objection: unlessAsked,
    run: ({ login }, { lazy }) => lazy.privates.acceptPrivate(login),
  },
  refuse: {
    french: 'refuser',
    takes: 'person',
    online: true,
    objection: unlessAsked,
    run: ({ login }, { lazy }) => lazy.privates.refusePrivate(login),
  },
  end: {
    french: 'terminer',
    takes: 'nothing',
    // A private connection outlives the one to the server (D22).
    online: false,
    objection: (_given, { conversation, lazy }) =>
      conversation.kind === 'private' && canWrite(conversation.stage)
        ? null
        : lazy.text.composer.nothingToEnd,
    run: ({ login }, { lazy }) => lazy.privates.endPrivate(login),
  },
  ignore: {
    french: 'ignorer',
    takes: 'person',
    online: false,
    objection: ({ login }, { state, lazy }) =>
      isOnIgnoreList(state, login) ? lazy.text.ignored.banner(login) : null,
    run: ({ login }, { lazy }) => lazy.list.ignore(login),
  },
  unignore: {
    french: 'reafficher',
    takes: 'person',
    online: false,
    objection: ({ login }, { state, lazy }) =>
      isOnIgnoreList(state, login) ? null : lazy.text.composer.notIgnored(login),
    run: ({ login }, { lazy }) => lazy.list.unignore(login),
  },
  help: { french: 'aide', takes: 'nothing', online: false, run: (_given, { lazy }) => lazy.show('help') },
};

export const COMMAND_NAMES = Object.keys(SLASH_COMMANDS) as readonly CommandName[];

/** Names of a command as they are typed, that of the language first. */
export function wordsOf(name: CommandName, locale: Locale): readonly [string, string] {
  const { french } = SLASH_COMMANDS[name];
  return locale === 'fr' ? [french, name] : [name, french];
}

/** Meaning of what someone typed. */
export type Typed =
  | { readonly kind: 'text'; readonly text: string }
  /** `login` is empty when none was given: the person of the open conversation is meant. */
  | ({ readonly kind: 'command'; readonly name: CommandName } & Arguments)
  /** The text begins like a command, and is none. `name` is what was written after the slash. */
  | { readonly kind: 'unknown'; readonly name: string }
  /** Something is missing, or too much. */
  | { readonly kind: 'incomplete'; readonly name: CommandName }
  /** These may be meant: nobody has just the name that is written, or somebody else has a longer one but for case and accents. */
  | Which;

interface Which {
  readonly kind: 'which';
  readonly logins: readonly string[];
}

/**
 * A text that begins with a slash is a command; with two, it is the text without the first. A name may hold spaces: it
 * is taken whole when it is one of `known`, or within double quotes. Where another one may be meant, it has to be asked.
 */
export function parseTyped(typed: string, known: readonly string[]): Typed {
  if (!typed.startsWith('/')) return { kind: 'text', text: typed };
  if (typed.startsWith('//')) return { kind: 'text', text: typed.slice(1) };
  const [, word = '', rest = ''] = /^\/(\S*)\s*([^]*)$/u.exec(typed) ?? [];
  const name = COMMAND_NAMES.find((candidate) => wordsOf(candidate, 'en').includes(fold(word)));
  if (!name) return { kind: 'unknown', name: word };
  const { takes } = SLASH_COMMANDS[name];
  const taken = takes === 'nothing' ? { login: '', text: rest } : takeName(rest, known);
  if ('kind' in taken) return taken;
  const { login, text } = taken;
  const isComplete = takes === 'person and text' ? login && text : !text;
  return isComplete ? { kind: 'command', name, login, text } : { kind: 'incomplete', name };
}

/** Splits what begins with a name into the name and what follows it. */
function takeName(rest: string, known: readonly string[]): Arguments | Which {
  const quoted = /^"([^"]+)"(?:\s+([^]*))?$/u.exec(rest);
  if (quoted) return { login: quoted[1]!, text: (quoted[2] ?? '').trimEnd() };
  const exact = new Map(known.map((login) => [loginKey(login), login]));
  const folded = known.map((login) => [login, fold(login)] as const);
  const logins: string[] = [];
  for (const written of beginningsOf(rest)) {
    const login = exact.get(loginKey(written));
    if (login !== undefined && logins.length === 0) return { login, text: rest.slice(written.length).trim() };
    const sought = fold(written);
    logins.push(...folded.flatMap(([one, said]) => (said === sought ? [one] : [])));
  }
  if (logins.length > 0) return { kind: 'which', logins };
  const login = /^\S*/u.exec(rest)?.[0] ?? '';
  return { login, text: rest.slice(login.length).trim() };
}

/** The words a text begins with, as many as a name can have: all of them first, the first one last. */
function beginningsOf(text: string): string[] {
  const start = text.slice(0, MAX_LOGIN_BYTES + 1);
  const ends = [...start.matchAll(/\S(?=\s|$)/gu)].map(({ index, 0: last }) => index + last.length);
  return ends
    .filter((end) => end <= MAX_LOGIN_BYTES)
    .reverse()
    .map((end) => start.slice(0, end));
}

/** Tells whether Enter does something. It does for a command that cannot be done: it is said what is wrong. */
export function canBeDone(typed: Typed): boolean {
  if (typed.kind === 'text') return canBeSent(typed.text);
  if (typed.kind !== 'command') return true;
  return SLASH_COMMANDS[typed.name].takes !== 'person and text' || canBeSent(typed.text);
}

/** Runs a command. Returns what is wrong, in words; null when it was done, and for a text, which is no command. */
export function runSlashCommand(typed: Typed, context: CommandContext): string | null {
  if (typed.kind === 'text') return null;
  if (typed.kind === 'unknown') return context.lazy.text.composer.unknown(typed.name);
  if (typed.kind === 'incomplete') return incomplete(typed.name, context);
  if (typed.kind === 'which')
    return context.lazy.text.composer.which(typed.logins.map((login) => `"${login}"`).join(' / '));
  const command = SLASH_COMMANDS[typed.name];
  const { conversation } = context;
  const login = typed.login || (conversation.kind === 'room' ? '' : conversation.login);
  const given = { login, text: typed.text };
  const problem =
    (command.takes === 'nothing' ? null : problemWith(typed.name, login, context)) ??
    command.objection?.(given, context) ??
    (command.online ? problemWithLink(context) : null);
  if (problem === null) command.run(given, context);
  return problem;
}

function incomplete(name: CommandName, { lazy: { text } }: CommandContext): string {
  return text.composer.incomplete(text.commands[name].usage);
}

function problemWithLink({ state: { phase }, lazy }: CommandContext): string | null {
  return phase.kind === 'inside' && isUp(phase.link) ? null : lazy.text.link['not-sent'];
}

function problemWith(name: CommandName, login: string, context: CommandContext): string | null {
  if (!login) return incomplete(name, context);
  const { state, lazy } = context;
  const verdict = validateLogin(login);
  if (verdict !== 'fine' && verdict !== 'empty') return lazy.text.names[verdict];
  return isSelf(state, login) ? lazy.text.jump.yourself : null;
}
