/** The limits that the rules depend on: with others, two nodes would come to different states by the same log. */
import type { Limits } from '../chat/limits/limits.ts';

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
] as const satisfies readonly (keyof Limits)[];

/** The limits of this kind. */
export function ruleLimits(limits: Limits): Readonly<Record<string, number>> {
  return Object.fromEntries(NAMES.map((name) => [name, limits[name]]));
}

/** Says in which limits a node differs from the room; null when it does not. */
export function unlike(
  room: Readonly<Record<string, number>>,
  node: Readonly<Record<string, number>>,
): string | null {
  const different = Object.keys({ ...room, ...node }).filter((name) => room[name] !== node[name]);
  if (different.length === 0) return null;
  const flag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const each = different.map(
    (name) => `${flag(name)} ${node[name] ?? 'unknown'} (room: ${room[name] ?? 'unknown'})`,
  );
  return `its limits are not those of the room: ${each.join(', ')}`;
}
