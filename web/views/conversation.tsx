import type { Catalogue } from '../i18n/catalogue.ts';
import { isHere } from '../store/presence.ts';
import { canWrite, isUp, type Conversation, type Phase, type State } from '../store/state.ts';
import { Head, RoomHead } from './cat.tsx';
import { Composer } from './composer.tsx';
import { useTools } from './context.ts';
import { BackIcon } from './icons.tsx';
import { AskPrivate, PrivateBar } from './private.tsx';
import { PeopleButton } from './people.tsx';
import { LinkBanner } from './link-banner.tsx';
import { Log } from './log.tsx';
import { UnreadElsewhere } from './rail.tsx';

interface Props {
  conversation: Conversation;
  state: State;
  phase: Extract<Phase, { kind: 'inside' }>;
}

/** The open conversation: who reads it, what was said, and the place to write. */
export function ConversationView({ conversation, state, phase }: Props) {
  const { text, actions } = useTools();
  const title = conversation.kind === 'room' ? text.room.title : conversation.login;
  // A private connection outlives the main one (D22).
  const up = conversation.kind === 'private' ? canWrite(conversation.stage) : isUp(phase.link);
  return (
    <main class="conversation">
      <header>
        <button type="button" class="to-list" onClick={actions.showList}>
          <span class="hidden">{text.list.back}</span>
          <BackIcon />
          <UnreadElsewhere state={state} />
        </button>
        {conversation.kind === 'room' ? <RoomHead /> : <Head login={conversation.login} />}
        <div class="names">
          <h1>
            <bdi>{title}</bdi>
          </h1>
          <p class={conversation.kind}>{aboutOf(conversation, state, text)}</p>
        </div>
        {conversation.kind === 'room' && <PeopleButton state={state} />}
        {conversation.kind === 'direct' && <AskPrivate login={conversation.login} />}
      </header>
      <div>
        <LinkBanner link={phase.link} />
        {conversation.kind === 'private' && <PrivateBar conversation={conversation} up={isUp(phase.link)} />}
      </div>
      <Log conversation={conversation} title={title} up={up} />
      {(conversation.kind !== 'private' || up) && (
        <Composer conversation={conversation} state={state} title={title} up={up} />
      )}
    </main>
  );
}

function aboutOf(conversation: Conversation, state: State, text: Catalogue): string {
  if (conversation.kind === 'room') return text.room.about;
  const { kind, login } = conversation;
  if (kind === 'private') return text.private.about;
  return isHere(state, login) ? text.direct.about(login) : text.direct.away(login);
}
