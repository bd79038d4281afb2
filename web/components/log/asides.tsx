/** Lines between the messages, by which the page, the server or the other side says something. */
import { useState } from 'preact/hooks';
import { loginKey } from '../../../shared/protocol/login.ts';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { clock } from '../../i18n/time.ts';
import { gapInWords } from './gap-in-words.ts';
import type { IgnoredGroup } from '../../selectors/blocks.ts';
import type { Gap, Lapsed, Mark, Note, OperatorNotice, PresenceChange, Raw } from '../../state/entries.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { FreshLine } from '../base/fresh-line.tsx';
import { FreshText, inOneLine } from '../base/fresh-text.tsx';
import { LookAlike } from '../people/look-alike.tsx';
import { useNames } from '../people/use-names.ts';
import { authorsOf } from '../../state/ignore-list.ts';

/** Most names in one line of the room. */
const NAMED = 5;

/** View of an entry that is no message. */
export function Aside({
  entry,
}: {
  entry: Note | Raw | Gap | OperatorNotice | PresenceChange | Mark | Lapsed | IgnoredGroup;
}) {
  if (entry.kind === 'presence') return <PresenceLine presence={entry} />;
  if (entry.kind === 'lapsed') return <LapsedLine lapsed={entry} />;
  if (entry.kind === 'gap') return <GapLine gap={entry} />;
  if (entry.kind === 'mark') return <MarkLine mark={entry} />;
  if (entry.kind === 'notice') return <NoticeLine notice={entry} />;
  if (entry.kind === 'ignored') return <IgnoredLine group={entry} />;
  return <PrivateLine entry={entry} />;
}

/** Line for a time without connection. */
function GapLine({ gap }: { gap: Gap }) {
  const { text, region } = useLazyTools();
  return <FreshLine class="gap">{gapInWords(gap, region, text.log)}</FreshLine>;
}

/** Line above what was said before this person came, and the one below it. */
function MarkLine({ mark: { mark } }: { mark: Mark }) {
  const { text } = useLazyTools();
  return <p class="gap">{text.log.marks[mark]}</p>;
}

function NoticeLine({ notice }: { notice: OperatorNotice }) {
  const { text } = useLazyTools();
  return (
    <p class="gap">
      <b>{text.log.notice}</b> <bdi data-id={notice.id}>{notice.text}</bdi>
    </p>
  );
}

/** The note in words. */
export function noteInWords(
  { note, login, times, at }: Note,
  region: string,
  words: LazyCatalogue['private'],
): string {
  const text = { ...words, ...words.notes }[note];
  const once = typeof text === 'string' ? text : text(login);
  return times ? words.repeated(once, times, clock(region, at)) : once;
}

/** Note of the page about a private connection, or data that came over it and is no message. */
function PrivateLine({ entry }: { entry: Note | Raw }) {
  const { text, region } = useLazyTools();
  if (entry.kind === 'note')
    return <FreshLine class="note-line">{noteInWords(entry, region, text.private)}</FreshLine>;
  return (
    <figure class="raw">
      <figcaption>
        {text.private[entry.isUnfinished ? 'unfinished' : entry.form === 'text' ? 'raw' : 'bytes']}
      </figcaption>
      <pre class="text" data-id={entry.id} dir={entry.form === 'text' ? 'auto' : 'ltr'}>
        {entry.text.replace(CONTROLS, pictureOf)}
      </pre>
    </figure>
  );
}

/** Control characters but tab and line ends: they would show as nothing. */
const CONTROLS = /[\0-\x08\v\f\x0e-\x1f]/g;

/** The picture that Unicode has for a control character: ␀ for U+0000. */
function pictureOf(control: string): string {
  return String.fromCharCode(0x2400 + control.charCodeAt(0));
}

/** People who came, and people who went. */
function PresenceLine({ presence: { joined, left } }: { presence: PresenceChange }) {
  const { text } = useLazyTools();
  const names = useNames(NAMED);
  const said = [
    // In this order for one who is in both: who came and left is in neither.
    left.length > 0 && text.people.left(names(left)),
    joined.length > 0 && text.people.joined(names(joined)),
  ];
  const isRetaken = left.some((login) => joined.some((other) => loginKey(other) === loginKey(login)));
  return <FreshLine class={`note-line presence${isRetaken ? ' retaken' : ''}`}>{inOneLine(said)}</FreshLine>;
}

/** People whose request for a private connection has lapsed. */
function LapsedLine({ lapsed: { logins } }: { lapsed: Lapsed }) {
  const { text } = useLazyTools();
  const names = useNames(NAMED);
  return <FreshLine class="note-line">{text.private.requestsLapsed(logins.length, names(logins))}</FreshLine>;
}

/** Line for messages of people who are ignored: how many, and once it is opened, what they say. */
function IgnoredLine({ group: { said } }: { group: IgnoredGroup }) {
  const { text, region } = useLazyTools();
  const [isOpen, setOpen] = useState(false);
  const summary = text.ignored.messages(said.length, authorsOf(said).length > 1);
  return (
    <details class="ignored" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      {/* ↑ and ↓ come to it, as to a message: Tab has one stop in the log. */}
      <summary tabIndex={-1}>
        <FreshText>{summary}</FreshText>
      </summary>
      {(isOpen ? said : []).map(({ id, at, login, text: words }) => (
        <p key={id} dir="auto">
          <b>
            <bdi translate={false}>{login}</bdi>
          </b>{' '}
          <LookAlike login={login} />
          <time translate={false}>{clock(region, at)}</time>
          <br />
          <span data-id={id}>{words}</span>
        </p>
      ))}
    </details>
  );
}
