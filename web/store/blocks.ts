/** A conversation's entries as they are laid out: days, gaps, and groups of one author. */
import type { Entry, Gap, Said } from './state.ts';

/** Messages of one author that begin less than a minute after the first. */
export interface Group {
  readonly kind: 'group';
  readonly id: number;
  readonly login: string;
  readonly mine: boolean;
  readonly at: number;
  readonly said: [Said, ...Said[]];
}

export interface Day {
  readonly kind: 'day';
  readonly id: string;
  readonly at: number;
}

export type Block = Group | Day | Gap;

const GROUP_MS = 60_000;

export function toBlocks(entries: readonly Entry[]): Block[] {
  const blocks: Block[] = [];
  let day = '';
  for (const entry of entries) {
    const at = entry.kind === 'said' ? entry.at : entry.to;
    const entryDay = new Date(at).toDateString();
    if (entryDay !== day) blocks.push({ kind: 'day', id: entryDay, at });
    day = entryDay;
    if (entry.kind === 'gap') {
      blocks.push(entry);
      continue;
    }
    const last = blocks.at(-1);
    if (last?.kind === 'group' && belongs(entry, last)) last.said.push(entry);
    else blocks.push(groupOf(entry));
  }
  return blocks;
}

function belongs(said: Said, group: Group): boolean {
  return said.login === group.login && said.mine === group.mine && said.at - group.at < GROUP_MS;
}

function groupOf(said: Said): Group {
  return { kind: 'group', id: said.id, login: said.login, mine: said.mine, at: said.at, said: [said] };
}
