import type { Conversation } from '../../state/state.ts';
import { Head } from '../base/cat.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { HEAD } from '../../platform/cat-head.ts';

/** Shown instead of messages, while there are none. */
export function Empty({ conversation }: { conversation: Conversation }) {
  const { text } = useLazyTools();
  if (conversation.kind === 'room')
    return (
      <div class="empty">
        <SleepingHead />
        <h2>{text.empty.room}</h2>
        <p>{text.empty.aboutRoom}</p>
      </div>
    );
  const { login } = conversation;
  return (
    <div class="empty">
      <Head login={login} />
      <h2>{text.empty.direct(login)}</h2>
      <p>{conversation.kind === 'direct' ? text.empty.aboutDirect(login) : text.empty.aboutPrivate}</p>
    </div>
  );
}

/** Head of a sleeping cat, while there is nothing to read yet. */
function SleepingHead() {
  return (
    <svg class="head coat-mine sleeping" viewBox="0 0 48 48" aria-hidden="true">
      <path d={HEAD} />
      <path class="lids" d="M11 28q4.5 4 9 0M28 28q4.5 4 9 0" />
    </svg>
  );
}
