import type { Catalogue } from '../i18n/catalogue.ts';
import { clock, exact } from '../i18n/time.ts';
import type { Group } from '../store/blocks.ts';
import type { Gap, Notice, Outgoing } from '../store/entries.ts';
import { splitLinks } from '../text/links.ts';
import { Head } from './cat.tsx';
import { useTools } from './context.ts';

/** Messages of one author, under one name and one time. `confirmed`: the server has told that ours arrived. */
export function GroupView({ group, confirmed }: { group: Group; confirmed: boolean }) {
  return (
    <article class={group.mine ? 'group mine' : 'group'} tabIndex={-1}>
      {!group.mine && <Head login={group.login} />}
      <GroupHeader group={group} confirmed={confirmed} />
      {group.said.map((said) => (
        <p key={said.id} class={said.mention ? 'text mention' : 'text'} dir="auto">
          <Words text={said.text} />
        </p>
      ))}
    </article>
  );
}

/** What someone wrote: text, and links that can be clicked. */
function Words({ text }: { text: string }) {
  return splitLinks(text).map((piece) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
        {piece.text}
      </a>
    ),
  );
}

/** Hours and minutes; the exact time on hover, and while the group has the focus. */
function When({ at }: { at: number }) {
  const { region } = useTools();
  const whole = exact(region, at);
  return (
    <time dateTime={new Date(at).toISOString()} title={whole}>
      <span class="clock">{clock(region, at)}</span>
      <span class="exact">{whole}</span>
    </time>
  );
}

function GroupHeader({ group, confirmed }: { group: Group; confirmed: boolean }) {
  const { text, actions, later } = useTools();
  return (
    <header>
      {group.mine ? (
        <span class="hidden">{group.login}</span>
      ) : (
        <button
          type="button"
          class="author"
          tabIndex={-1}
          title={text.direct.writeTo(group.login)}
          onClick={() => actions.writeTo(group.login)}
        >
          <bdi>{group.login}</bdi>
          {later && <later.parts.Doubt login={group.login} />}
        </button>
      )}
      <When at={group.at} />
      {group.mine && <span class="mark">{confirmed ? text.log.delivered : text.log.sent}</span>}
    </header>
  );
}

/** A message of ours that is not delivered. `to`: the name of the one it goes to. */
export function OutgoingView({ message, to, up }: { message: Outgoing; to: string; up: boolean }) {
  const { text, actions, later } = useTools();
  const { state, reason } = message;
  const because = reason && later ? later.text.log.reasons[reason](to) : '';
  const stuck = state === 'unconfirmed' || state === 'not-sent';
  return (
    <article class={`group mine outgoing ${state === 'waiting' && up ? 'sending' : state}`}>
      <p class="text" dir="auto">
        <Words text={message.text} />
      </p>
      <footer>
        <span class="mark">{fateInWords(state, because, up, text.log)}</span>
        {stuck && (
          <button type="button" class="quiet" onClick={() => actions.sendAgain(message)}>
            {text.log.again}
          </button>
        )}
        {(stuck || (state === 'waiting' && !up)) && (
          <button type="button" class="quiet" onClick={() => actions.discard(message)}>
            {text.log.discard}
          </button>
        )}
      </footer>
    </article>
  );
}

function fateInWords(state: Outgoing['state'], because: string, up: boolean, text: Catalogue['log']): string {
  if (state === 'not-sent') return text.notSent(because);
  if (state === 'waiting') return up ? text.sending : text.waiting;
  return text[state];
}

/** A time without connection. */
export function GapLine({ gap }: { gap: Gap }) {
  const { region, text } = useTools();
  return <p class="gap">{text.log.gap(clock(region, gap.from), clock(region, gap.to))}</p>;
}

/** What the operator of the server says. */
export function NoticeLine({ notice }: { notice: Notice }) {
  const { text } = useTools();
  return (
    <p class="gap" dir="auto">
      <b>{text.log.notice}</b> {notice.text}
    </p>
  );
}
