import type { Catalogue } from '../../i18n/catalogue.ts';
import { isHere } from '../../state/presence.ts';
import type { Said } from '../../state/entries.ts';
import { isUp, totalUnread, type Conversation, type Phase, type State } from '../../state/state.ts';
import { Head, RoomHead, WordMark } from '../base/cat.tsx';
import { useTools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { Live } from '../base/live.tsx';
import { useNarrow } from '../base/use-media.ts';
import { LookAlikeMark } from '../people/look-alike-mark.tsx';
import { privateParts } from '../private/parts.ts';
import { railParts } from './parts.ts';

/** The list of conversations, who you are, and the way out. */
export function Rail({ state, phase }: { state: State; phase: Extract<Phase, { kind: 'inside' }> }) {
  const { text, actions, lazy, show } = useTools();
  const parts = useParts(railParts);
  const alone = useNarrow() && state.pane === 'list';
  // Alone on a narrow screen it is the page, else it stands beside it.
  const Frame = alone ? 'main' : 'aside';
  const [room, ...others] = state.conversations;
  const directs = others.filter(({ kind }) => kind === 'direct');
  const privates = others.filter(({ kind }) => kind === 'private');
  return (
    <Frame class="rail" aria-label={text.list.label}>
      {alone && <h1 class="hidden">{text.list.label}</h1>}
      <header>
        <WordMark awake={isUp(phase.link)} />
        <div class="toolbar">{parts && <parts.Toolbar />}</div>
      </header>
      <nav aria-label={text.list.label}>
        <ul>
          <Item conversation={room} state={state} />
        </ul>
        {directs.length > 0 && <h2>{text.list.direct}</h2>}
        <ul>
          {directs.map((direct) => (
            <Item key={direct.key} conversation={direct} state={state} />
          ))}
        </ul>
        {privates.length > 0 && <h2>{lazy?.text.private.heading}</h2>}
        <ul>
          {privates.map((connection) => (
            <Item key={connection.key} conversation={connection} state={state} />
          ))}
        </ul>
        <button type="button" class="quiet write-to" onClick={() => show('jump')}>
          {text.list.writeTo}
        </button>
      </nav>
      <footer>
        <Head login={phase.login} mine />
        <p class="self">
          <bdi translate={false}>{phase.login}</bdi>
        </p>
        <button type="button" class="quiet plain" onClick={actions.leave}>
          {text.list.leave}
        </button>
      </footer>
    </Frame>
  );
}

function Item({ conversation, state }: { conversation: Conversation; state: State }) {
  const { text, actions, lazy } = useTools();
  const privates = useParts(privateParts);
  const { key, unread, mentions } = conversation;
  const away = conversation.kind === 'direct' && !isHere(state, conversation.login);
  const last = conversation.entries.findLast((entry) => entry.kind === 'said');
  return (
    <li>
      <button
        type="button"
        class={away ? 'conversation-item away' : 'conversation-item'}
        aria-current={state.active === key ? 'true' : undefined}
        onClick={() => actions.open(key)}
      >
        {conversation.kind === 'room' ? <RoomHead /> : <Head login={conversation.login} />}
        <span class="names">
          <bdi class="name" translate={conversation.kind === 'room'}>
            {conversation.kind === 'room' ? text.list.room : conversation.login}
          </bdi>
          {conversation.kind === 'private' ? (
            <span class="last">
              {lazy && privates && <Live>{privates.stageInWords(conversation, lazy.text.private)}</Live>}
            </span>
          ) : (
            last && (
              <span class="last" dir="auto">
                <Live>{lastLine(last, conversation.kind, text.list)}</Live>
              </span>
            )
          )}
        </span>
        {conversation.kind !== 'room' && <LookAlikeMark login={conversation.login} />}
        <Unread count={unread} mentions={mentions} />
      </button>
    </li>
  );
}

/** In a direct conversation only two can speak: the other needs no name. */
function lastLine({ mine, login, text }: Said, kind: Conversation['kind'], list: Catalogue['list']): string {
  if (mine) return list.last(list.you, text);
  return kind === 'room' ? list.last(login, text) : text;
}

function Unread({ count, mentions = 0 }: { count: number; mentions?: number }) {
  const { text } = useTools();
  if (count === 0) return null;
  const label = text.list.unread(count);
  return (
    <span
      class="unread"
      role="img"
      translate={false}
      aria-label={mentions > 0 ? `${label}, ${text.list.mentions(mentions)}` : label}
    >
      <Live>{`${mentions > 0 ? '@ ' : ''}${count > 99 ? '99+' : count}`}</Live>
    </span>
  );
}

/** On a narrow screen, what is unread elsewhere shows on the way back to the list. */
export function UnreadElsewhere({ state }: { state: State }) {
  const here = state.conversations.find(({ key }) => key === state.active)?.unread ?? 0;
  return <Unread count={totalUnread(state) - here} />;
}
