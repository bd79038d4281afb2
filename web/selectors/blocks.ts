/** A conversation's entries as they are laid out: days, gaps, and groups of one author. */
import { timeOf } from '../state/log.ts';
import type { Entry, IgnoredSaid, Said } from '../state/entries.ts';

/** Messages of one author that come within five minutes of the first. */
export interface Group {
  readonly kind: 'group';
  readonly id: number;
  readonly login: string;
  readonly mine: boolean;
  /** True when they were perhaps not received. */
  readonly perhaps?: boolean | undefined;
  readonly at: number;
  /** True of one whose beginning is in the piece of the log before: its heading is there. */
  readonly goesOn?: true;
  readonly said: [Said, ...Said[]];
}

export interface Day {
  readonly kind: 'day';
  readonly id: string;
  readonly at: number;
}

/** Divider above the entries that were not seen when they came. */
export interface Unread {
  readonly kind: 'unread';
  readonly id: string;
}

/** Messages of ignored people that follow one another. */
export interface IgnoredGroup {
  readonly kind: 'ignored';
  readonly id: number;
  readonly said: [IgnoredSaid, ...IgnoredSaid[]];
}

export type Block = Group | IgnoredGroup | Day | Unread | Exclude<Entry, Said | IgnoredSaid>;

const GROUP_MS = 5 * 60_000;

/**
 * @param newFrom id of the first entry that was not seen when it came, if any
 * @param day the day of the entry before the first, as `dayOf` gives it
 * @param goesOn true when the first goes on with the group of the entry before it, as `goesOnWith` tells
 */
export function toBlocks(
  entries: readonly Entry[],
  newFrom: number | null,
  day: string,
  goesOn: boolean,
): Block[] {
  const blocks: Block[] = [];
  for (const entry of entries) {
    const entryDay = dayOf(entry);
    if (entryDay !== day) blocks.push({ kind: 'day', id: entryDay, at: timeOf(entry) });
    day = entryDay;
    if (entry.id === newFrom) blocks.push({ kind: 'unread', id: 'unread' });
    const last = blocks.at(-1);
    if (entry.kind === 'ignored') {
      if (last?.kind === 'ignored') last.said.push(entry);
      else blocks.push({ kind: 'ignored', id: entry.id, said: [entry] });
      continue;
    }
    if (entry.kind !== 'said') {
      blocks.push(entry);
      continue;
    }
    if (last?.kind === 'group' && belongs(entry, last)) last.said.push(entry);
    else blocks.push({ ...groupOf(entry), ...(goesOn && !last && { goesOn }) });
  }
  return blocks;
}

export function dayOf(entry: Entry): string {
  return new Date(timeOf(entry)).toDateString();
}

/** True when an entry may stand in one group with the one before it. */
export function mayJoin(before: Entry, entry: Entry): boolean {
  if (entry.kind === 'ignored') return before.kind === 'ignored';
  return entry.kind === 'said' && before.kind === 'said' && belongs(entry, before);
}

/**
 * True when an entry goes on with the group of the one before, where a long conversation is cut between them: as long as
 * neither the author nor the five minutes of the clock change. When the group began, nobody has to look for.
 */
export function goesOnWith(before: Entry, entry: Entry): boolean {
  const slot = (one: Entry) => Math.floor(timeOf(one) / GROUP_MS);
  return entry.kind === 'said' && mayJoin(before, entry) && slot(before) === slot(entry);
}

function belongs(said: Said, group: Group | Said): boolean {
  return (
    said.login === group.login &&
    said.mine === group.mine &&
    said.perhaps === group.perhaps &&
    said.at - group.at < GROUP_MS
  );
}

function groupOf(said: Said): Group {
  const { id, login, mine, perhaps, at } = said;
  return { kind: 'group', id, login, mine, perhaps, at, said: [said] };
}
