/** The drawn cat: a word mark whose round letters are eyes, a head for every person, ears for the join card. */
import { HEAD } from '../../platform/cat-head.ts';
import { loginKey } from '../../../shared/protocol/login.ts';
import { lettersOf } from '../../text/letters.ts';

/** Number of coats in styles/tokens.css. */
export const COATS = 12;

/** Style that gives a person's coat, which also colours the name. */
export function coatOf(login: string): string {
  return `--coat:var(--coat-${avatarIndex(login, COATS)})`;
}

/** “chaton”, drawn. The eyes are open while the page is connected. */
export function WordMark({ awake }: { awake: boolean }) {
  return (
    <svg class={awake ? 'word-mark' : 'word-mark asleep'} viewBox="0 8 270 66" role="img" aria-label="Chaton">
      <path d="M36.5 38A18 18 0 1 0 36.5 62M54 68V14M54 50a15.5 17 0 0 1 31 0V68M136 33V68M157 17V56q0 12 12 12M148 33h19M228 33V68M228 50a15.5 17 0 0 1 31 0V68" />
      <circle cx="117" cy="50" r="18.5" />
      <circle cx="197" cy="50" r="18.5" />
      <path class="pupils" d="M117 38.5q7 11.5 0 23-7-11.5 0-23M197 38.5q7 11.5 0 23-7-11.5 0-23" />
      <path class="lids" d="M107.5 50q9.5 8 19 0M187.5 50q9.5 8 19 0" />
    </svg>
  );
}

/** A person: a cat's head in the coat of the name, with its initial. Decorative: the name stands beside it. */
export function Head({ login, mine = false }: { login: string; mine?: boolean }) {
  return (
    <svg
      class={mine ? 'head coat-mine' : 'head'}
      style={mine ? '' : coatOf(login)}
      viewBox="0 0 48 48"
      aria-hidden="true"
    >
      <path d={HEAD} />
      <text x="24" y="34.5" text-anchor="middle">
        {initialOf(login)}
      </text>
    </svg>
  );
}

/** The room: three heads together. */
export function RoomHead() {
  return (
    <svg class="head room-head" viewBox="0 0 48 48" aria-hidden="true">
      <path class="behind" d={HEAD} transform="translate(20 2) scale(.56)" />
      <path d={HEAD} transform="translate(-1 10) scale(.78)" />
    </svg>
  );
}

/** Ears, flat after a refusal, and whiskers, which make the join card a cat's head. The right side mirrors the left. */
export function EarsAndWhiskers({ flat }: { flat: boolean }) {
  return ['left', 'right'].map((side) => (
    <>
      <svg class={`ear ${side}${flat ? ' flat' : ''}`} viewBox="0 0 120 120" aria-hidden="true">
        <path d="M4 120 12 18Q14-2 30 10L120 84V120Z" />
        <path class="inner" d="M24 120 29 44q1-11 10-4L88 82V120Z" />
      </svg>
      <svg class={`whiskers ${side}`} viewBox="0 0 90 90" aria-hidden="true">
        <path d="M88 30Q44 20 6 24M88 45Q44 44 2 54M88 60Q48 66 12 84" />
      </svg>
    </>
  ));
}

/** Index of a person's coat: the same for logins that are the same (D8), and between 0 and `count - 1`. */
export function avatarIndex(login: string, count: number): number {
  // FNV-1a, and then the finaliser of MurmurHash3, which brings every bit of the name into the lowest.
  const key = loginKey(login);
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % count;
}

/** The first letter as a person sees it, for the picture beside a name. */
export function initialOf(login: string): string {
  return lettersOf(login)[0]?.toUpperCase() ?? '?';
}
