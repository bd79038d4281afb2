/** What someone typed, as what they mean: a text to send, or one of the slash commands. */

export const COMMAND_NAMES = ['msg', 'private', 'accept', 'refuse', 'end', 'help'] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export type Typed =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'msg'; readonly login: string; readonly text: string }
  /** `login` is empty when none was given: the person of the open conversation is meant. */
  | { readonly kind: 'private' | 'accept' | 'refuse'; readonly login: string }
  | { readonly kind: 'end' | 'help' }
  /** Begins like a command, and is none. `name` is what was written after the slash. */
  | { readonly kind: 'unknown'; readonly name: string }
  /** Something is missing, or too much. */
  | { readonly kind: 'incomplete'; readonly name: CommandName };

/**
 * A text that begins with a slash is a command; with two, it is the text without the first. A name may hold spaces: it
 * is taken whole when it is one of `known`, or within double quotes.
 */
export function parseTyped(typed: string, known: readonly string[]): Typed {
  if (!typed.startsWith('/')) return { kind: 'text', text: typed };
  if (typed.startsWith('//')) return { kind: 'text', text: typed.slice(1) };
  const [, word = '', rest = ''] = /^\/(\S*)\s*([^]*)$/u.exec(typed) ?? [];
  const name = COMMAND_NAMES.find((candidate) => candidate === word.toLowerCase());
  if (!name) return { kind: 'unknown', name: word };
  if (name === 'end' || name === 'help') return rest ? { kind: 'incomplete', name } : { kind: name };
  const { login, text } = takeName(rest, known);
  if (name !== 'msg') return text ? { kind: 'incomplete', name } : { kind: name, login };
  return login && text ? { kind: name, login, text } : { kind: 'incomplete', name };
}

/** Splits what begins with a name into the name and what follows it. */
function takeName(rest: string, known: readonly string[]): { login: string; text: string } {
  const quoted = /^"([^"]+)"(?:\s+([^]*))?$/u.exec(rest);
  if (quoted) return { login: quoted[1]!, text: (quoted[2] ?? '').trimEnd() };
  const whole = known
    .filter((login) => rest.startsWith(login) && /^(\s|$)/u.test(rest.slice(login.length)))
    .reduce((longest, login) => (login.length > longest.length ? login : longest), '');
  const login = whole || (/^\S*/u.exec(rest)?.[0] ?? '');
  return { login, text: rest.slice(login.length).trim() };
}
