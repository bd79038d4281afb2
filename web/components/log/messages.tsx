import { clock, exact } from '../../i18n/time.ts';
import type { Group } from '../../selectors/blocks.ts';
import { coatOf, Head } from '../base/cat.tsx';
import { useTools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { peopleParts } from '../people/parts.ts';
import type { FateProps } from './fate.tsx';
import { logParts } from './parts.ts';

/** Messages of one author, under one name and one time. `echoed`: ours came back from the server, as to everyone. */
export function GroupView({ group, echoed }: { group: Group; echoed: boolean }) {
  const { region, lazy } = useTools();
  const parts = useParts(logParts);
  return (
    <article
      class={`group${group.mine ? ' mine' : ''}${group.goesOn ? ' goes-on' : ''}`}
      tabIndex={-1}
      // Each message has a name with its text, which this one would repeat.
      aria-label={`${group.login}, ${clock(region, group.at)}`}
    >
      {!group.mine && !group.goesOn && <Head login={group.login} />}
      <GroupHeader group={group} />
      {group.said.map((said) => (
        <div key={said.id} data-id={said.id} class={said.mention ? 'text mention' : 'text'} dir="auto">
          {/* The text itself, until the part that formats it is there. */}
          {parts ? <parts.Formatted {...said} /> : said.text}
        </div>
      ))}
      {group.perhaps && lazy && <p class="mark">{lazy.text.private.perhaps}</p>}
      {group.mine && !group.perhaps && parts && (
        <parts.DeliveryMark id={group.said.at(-1)!.id} echoed={echoed} />
      )}
    </article>
  );
}

/** Hours and minutes; the exact time on hover, and while the group has the focus. */
function When({ at }: { at: number }) {
  const { region } = useTools();
  const whole = exact(region, at);
  return (
    <time translate={false} dateTime={new Date(at).toISOString()} title={whole}>
      <span class="clock">{clock(region, at)}</span>
      <span class="exact">{whole}</span>
    </time>
  );
}

function GroupHeader({ group }: { group: Group }) {
  const { text, actions } = useTools();
  const people = useParts(peopleParts);
  return (
    <header class={group.goesOn && 'hidden'}>
      {group.mine ? (
        <span class="hidden" translate={false}>
          {group.login}
        </span>
      ) : (
        <button
          type="button"
          class="author"
          style={coatOf(group.login)}
          tabIndex={-1}
          title={text.direct.writeTo(group.login)}
          onClick={() => actions.writeTo(group.login)}
        >
          <bdi translate={false}>{group.login}</bdi>
        </button>
      )}
      {!group.mine && people && <people.LookAlike login={group.login} />}
      <When at={group.at} />
    </header>
  );
}

/** A message of ours that is not delivered. */
export function OutgoingView(props: FateProps) {
  const { message, up } = props;
  const parts = useParts(logParts);
  return (
    <article class={`group mine outgoing ${message.state === 'waiting' && up ? 'sending' : message.state}`}>
      <div class="text" dir="auto" data-id={message.id}>
        {parts ? <parts.Formatted {...message} /> : message.text}
      </div>
      <footer>{parts && <parts.Fate {...props} />}</footer>
    </article>
  );
}
