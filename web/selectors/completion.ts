/** Completions where the caret stands; pure. */
import { COMMAND_NAMES, SLASH_COMMANDS, wordsOf, type CommandName } from '../state/slash-commands.ts';
import type { State } from '../state/state.ts';
import { emojiOf, findEmoji } from '../text/emoji.ts';
import { fold } from '../text/fold.ts';
import { SPACED_LETTER } from '../text/scripts.ts';

/** One proposal: `text` replaces what lies between {@link Completion.from} and the caret. */
interface Proposal {
  readonly label: string;
  /** A sign or hint beside the label. */
  readonly sign: string;
  readonly text: string;
  /** The command that it begins, if it does. */
  readonly command?: CommandName;
}

export interface Completion {
  readonly from: number;
  readonly proposals: readonly Proposal[];
}

/** Command that takes a person, with as much of the name as is written. */
const TARGET = new RegExp(
  `^/(?:${COMMAND_NAMES.filter((name) => SLASH_COMMANDS[name].takes !== 'nothing')
    .flatMap((name) => wordsOf(name, 'en'))
    .join('|')})\\s+(\\S*)$`,
  'iu',
);

/** Most proposals at once. */
const MOST = 8;

/**
 * The proposals for the word before the caret, or null.
 * @param names gives them, best first: most words are none
 * @param asked true when Tab asks: then any word can be a name
 * @param locale language of the commands that are proposed
 */
export function completionAt(
  before: string,
  names: () => readonly string[],
  asked: boolean,
  locale: State['locale'] = 'en',
): Completion | null {
  const command = /^\/(\w*)$/u.exec(before);
  if (command) return proposeCommands(command[1]!.toLowerCase(), locale);
  const target = TARGET.exec(before);
  if (target) return proposeNames(before, target[1]!, '', names);
  const named = OPEN_EMOJI.exec(before);
  if (named) return proposeEmoji(before, named[1]!);
  const mention = MENTION.exec(before);
  if (mention) return proposeNames(before, mention[1]!, '@', names);
  const word = asked ? /(\S+)$/u.exec(before) : null;
  return word ? proposeNames(before, word[1]!, '', names) : null;
}

/** Replacements for each `:name:` of an emoji before the caret, the last first. */
export function closedEmoji(before: string): readonly Replacement[] {
  const found: Replacement[] = [];
  for (const { index, 0: whole, 1: named = '' } of before.matchAll(CLOSED_EMOJI)) {
    const text = emojiOf(named.slice(1, -1));
    const to = index + whole.length;
    if (text) found.unshift({ from: to - named.length, to, text });
  }
  return found;
}

interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

// A sign behind a letter is of an address, a time or a path, but in scripts that put no space: `交给@太`, `好:tada:`.
const BEGINS = `(?<!${SPACED_LETTER}|[:/@＠.+-])`;
const MENTION = new RegExp(`${BEGINS}[@＠]([^\\s@＠]*)$`, 'u');
const EMOJI_NAME = '[a-z0-9_+-]';
const OPEN_EMOJI = new RegExp(`${BEGINS}:(${EMOJI_NAME}{2,})$`, 'u');
const CLOSED_EMOJI = new RegExp(`${BEGINS}(:${EMOJI_NAME}+:)(?!${SPACED_LETTER}|:)`, 'gu');

function proposeCommands(query: string, locale: State['locale']): Completion | null {
  const found = COMMAND_NAMES.flatMap((command) => {
    const words = wordsOf(command, locale);
    const word = words.find((candidate) => candidate.startsWith(query));
    // A complete word needs no proposal.
    if (word === undefined || words.includes(query)) return [];
    return [{ label: `/${word}`, sign: '', text: `/${word} `, command }];
  });
  return nonEmpty(0, found);
}

function proposeNames(
  before: string,
  query: string,
  prefix: string,
  names: () => readonly string[],
): Completion | null {
  const wanted = fold(query);
  // Enter takes the first: a name that is written whole is not made somebody else's that begins with it.
  const rank = (name: string, folded: string) => (name === query ? 0 : folded === wanted ? 1 : 2);
  const found = names()
    .map((name) => [name, fold(name)] as const)
    .filter(([, folded]) => folded.startsWith(wanted))
    .sort((one, other) => rank(...one) - rank(...other))
    .slice(0, MOST)
    .map(([name]) => name);
  const isWritten = found.length === 1 && found[0] === query;
  const from = before.length - query.length - prefix.length;
  return nonEmpty(
    from,
    isWritten ? [] : found.map((name) => ({ label: name, sign: '@', text: `${prefix}${name} ` })),
  );
}

function proposeEmoji(before: string, query: string): Completion | null {
  const found = findEmoji(query, MOST);
  return nonEmpty(
    before.length - query.length - 1,
    found.map(({ name, emoji }) => ({ label: `:${name}:`, sign: emoji, text: `${emoji} ` })),
  );
}

function nonEmpty(from: number, proposals: readonly Proposal[]): Completion | null {
  return proposals.length > 0 ? { from, proposals } : null;
}
