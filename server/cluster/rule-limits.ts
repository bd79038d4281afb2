/** Version of the rules, and the limits that they depend on: with others, two nodes would come to different states by the same log. */
import type { Limits } from '../chat/limits/limits.ts';

/** Version of the rules that this program carries out: a node with an older one than all others have is not taken. */
export const RULES_VERSION = 1;

const NAMES = [
  'maxRefusals',
  'maxIgnored',
  'requestLifetime',
  'maxRequests',
  'maxIds',
  'maxNegotiations',
  'maxWaitingLegs',
  'idLifetime',
  'maxMisses',
  'missWindow',
  'missPenalty',
  'history',
  'historyBytes',
  'historyAge',
] as const satisfies readonly (keyof Limits)[];

/** The limits of this kind. */
export function ruleLimits(limits: Limits): Readonly<Record<string, number>> {
  return Object.fromEntries(NAMES.map((name) => [name, limits[name]]));
}

/**
 * Says in which limits a node differs from the room; null when it does not. A limit that only one of them knows is a matter
 * of the version of its rules.
 */
export function unlike(
  room: Readonly<Record<string, number>>,
  node: Readonly<Record<string, number>>,
): string | null {
  const different = Object.keys(room).filter((name) => name in node && room[name] !== node[name]);
  if (different.length === 0) return null;
  const flag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const each = different.map((name) => `${flag(name)} ${node[name]} (room: ${room[name]})`);
  return `its limits are not those of the room: ${each.join(', ')}`;
}
