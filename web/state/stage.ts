/**
 * State of a private connection (§4). `none`: there was none yet. `waiting`: agreed on, and the two ends are not
 * both there. `i-ended`, `they-ended`: half-closed (D21). `ending`: both have ended, and the connection is not closed yet.
 * `closed`: it is. `i-closed`: we closed it, although they had not ended. `lost`: broken. `page-ended`: it ended with this page, which was reloaded, left, or continued in another tab. `refused`, `absent` (they are not connected), `lapsed`, `cancelled`: it never came to
 * be. `asking-ended`, `asked-ended`: nor did it, since this page was reloaded, or left, while we or they had asked.
 */
export type Stage =
  | 'none'
  | 'waiting'
  | 'open'
  | 'i-ended'
  | 'they-ended'
  | 'ending'
  | 'closed'
  | 'i-closed'
  | 'lost'
  | 'page-ended'
  | 'refused'
  | 'absent'
  | 'lapsed'
  | 'asking-ended'
  | 'asked-ended'
  | 'cancelled';

/** True while our own writing on a private connection is open. A working room needs to know no more of one. */
export function canWrite(stage: Stage): boolean {
  return stage === 'open' || stage === 'they-ended';
}
