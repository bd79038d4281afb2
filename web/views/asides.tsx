/** What stands between the messages: what the page, the server or the other side has to say. */
import { clock } from '../i18n/time.ts';
import type { Gap, Note, Notice, Raw } from '../store/entries.ts';
import { useLater, useTools } from './context.ts';

/** What is no message. */
export function Aside({ entry }: { entry: Note | Raw | Gap | Notice }) {
  if (entry.kind === 'gap') return <GapLine gap={entry} />;
  if (entry.kind === 'notice') return <NoticeLine notice={entry} />;
  return <PrivateLine entry={entry} />;
}

/** A time without connection. */
function GapLine({ gap }: { gap: Gap }) {
  const { region, text } = useTools();
  return <p class="gap">{text.log.gap(clock(region, gap.from), clock(region, gap.to))}</p>;
}

/** What the operator of the server says. */
function NoticeLine({ notice }: { notice: Notice }) {
  const { text } = useTools();
  return (
    <p class="gap" dir="auto">
      <b>{text.log.notice}</b> <span data-id={notice.id}>{notice.text}</span>
    </p>
  );
}

/** What the page itself has to say between the messages, and what came that is no message. */
function PrivateLine({ entry }: { entry: Note | Raw }) {
  const { text } = useLater();
  if (entry.kind === 'note') {
    const words = text.private[entry.note];
    return <p class="note-line">{typeof words === 'string' ? words : words(entry.login)}</p>;
  }
  return (
    <figure class="raw">
      <figcaption>{entry.form === 'text' ? text.private.raw : text.private.bytes}</figcaption>
      <pre class="text" data-id={entry.id} dir={entry.form === 'text' ? 'auto' : 'ltr'}>
        {entry.text}
      </pre>
    </figure>
  );
}
