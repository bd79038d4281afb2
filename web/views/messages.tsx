import { clock, exact } from '../i18n/time.ts';
import type { Group } from '../store/blocks.ts';
import type { Gap, Outgoing } from '../store/state.ts';
import { Head } from './cat.tsx';
import { useTools } from './context.ts';

/** Messages of one author, under one name and one time. `unconfirmed`: nothing proves that ours arrived. */
export function GroupView({ group, unconfirmed }: { group: Group; unconfirmed: boolean }) {
  return (
    <article class={group.mine ? 'group mine' : 'group'}>
      {!group.mine && <Head login={group.login} />}
      <GroupHeader group={group} unconfirmed={unconfirmed && group.mine} />
      {group.said.map((said) => (
        <p key={said.id} class="text" dir="auto">
          {said.text}
        </p>
      ))}
    </article>
  );
}

function GroupHeader({ group, unconfirmed }: { group: Group; unconfirmed: boolean }) {
  const { region, text, actions } = useTools();
  return (
    <header>
      {group.mine ? (
        <span class="hidden">{group.login}</span>
      ) : (
        <button
          type="button"
          class="author"
          title={text.direct.writeTo(group.login)}
          onClick={() => actions.writeTo(group.login)}
        >
          <bdi>{group.login}</bdi>
        </button>
      )}
      <time dateTime={new Date(group.at).toISOString()} title={exact(region, group.at)}>
        {clock(region, group.at)}
      </time>
      {unconfirmed && <span class="mark">{text.log.sent}</span>}
    </header>
  );
}

/** A message of ours that has not come back. It becomes an entry by its echo, and by nothing else (D11). */
export function OutgoingView({ message, up }: { message: Outgoing; up: boolean }) {
  const { text, actions } = useTools();
  const sending = message.state === 'sending';
  return (
    <article class={`group mine outgoing ${message.state}`}>
      <p class="text" dir="auto">
        {message.text}
      </p>
      <footer>
        <span class="mark">{sending ? text.log.sending : text.log.unconfirmed}</span>
        {!sending && (
          <>
            <button type="button" class="quiet" disabled={!up} onClick={() => actions.sendAgain(message)}>
              {text.log.again}
            </button>
            <button type="button" class="quiet" onClick={() => actions.discard(message)}>
              {text.log.discard}
            </button>
          </>
        )}
      </footer>
    </article>
  );
}

/** A time without connection. */
export function GapLine({ gap }: { gap: Gap }) {
  const { region, text } = useTools();
  return <p class="gap">{text.log.gap(clock(region, gap.from), clock(region, gap.to))}</p>;
}
