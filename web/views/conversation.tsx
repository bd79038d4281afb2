import { isUp, type Conversation, type Phase, type State } from '../store/state.ts';
import { Head, RoomHead } from './cat.tsx';
import { Composer } from './composer.tsx';
import { useTools } from './context.ts';
import { BackIcon } from './icons.tsx';
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
  const up = isUp(phase.link);
  return (
    <main class="conversation">
      <header>
        <button type="button" class="to-list" aria-label={text.list.back} onClick={actions.showList}>
          <BackIcon />
          <UnreadElsewhere state={state} />
        </button>
        {conversation.kind === 'room' ? <RoomHead /> : <Head login={conversation.login} />}
        <div class="names">
          <h1>
            <bdi>{title}</bdi>
          </h1>
          <p>{conversation.kind === 'room' ? text.room.about : text.direct.about(conversation.login)}</p>
        </div>
      </header>
      <LinkBanner link={phase.link} />
      <Log conversation={conversation} title={title} up={up} />
      <Composer conversation={conversation} title={title} up={up} />
    </main>
  );
}
