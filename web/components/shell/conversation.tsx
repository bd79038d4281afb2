import { isHere } from '../../state/presence.ts';
import { canWrite } from '../../state/private-state.ts';
import { isUp, type Conversation, type Phase, type State } from '../../state/state.ts';
import { Head, RoomHead } from '../base/cat.tsx';
import { Composer } from '../composer/composer.tsx';
import { Boundary } from '../base/boundary.tsx';
import { useTools, type Tools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { BackIcon } from '../base/icons.tsx';
import { LinkBanner } from '../log/link-banner.tsx';
import { Live } from '../base/live.tsx';
import { Log } from '../log/log.tsx';
import { LookAlikeMark } from '../people/look-alike-mark.tsx';
import { PeopleButton } from '../people/presence.tsx';
import { privateParts } from '../private/parts.ts';
import { UnreadElsewhere } from '../rail/rail.tsx';
import { shellParts } from './parts.ts';

interface Props {
  conversation: Conversation;
  state: State;
  phase: Extract<Phase, { kind: 'inside' }>;
}

/** The open conversation: who reads it, what was said, and the place to write. */
export function ConversationView({ conversation, state, phase }: Props) {
  const tools = useTools();
  const { text, actions } = tools;
  const privates = useParts(privateParts);
  const parts = useParts(shellParts);
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
            <bdi translate={conversation.kind === 'room'}>{title}</bdi>
          </h1>
          <p class={conversation.kind}>
            <Live>{aboutOf(conversation, state, tools)}</Live>
          </p>
        </div>
        {conversation.kind === 'room' && <PeopleButton state={state} />}
        {conversation.kind !== 'room' && <LookAlikeMark login={conversation.login} />}
        {conversation.kind === 'direct' && privates && <privates.AskPrivate login={conversation.login} />}
        {parts && <parts.ConversationMenu conversation={conversation} title={title} self={phase.login} />}
      </header>
      <div>
        <LinkBanner link={phase.link} />
        {state.unsaved && parts && <parts.Unsaved />}
        {conversation.kind === 'private' && privates && (
          <privates.PrivateBar conversation={conversation} up={isUp(phase.link)} />
        )}
      </div>
      <Boundary>
        <Log conversation={conversation} title={title} up={up} self={phase.login} />
      </Boundary>
      {(conversation.kind !== 'private' || up) && (
        <Boundary>
          <Composer conversation={conversation} state={state} title={title} up={up} />
        </Boundary>
      )}
    </main>
  );
}

function aboutOf(conversation: Conversation, state: State, { text, lazy }: Tools): string {
  if (conversation.kind === 'room') return text.room.about;
  const { kind, login } = conversation;
  if (kind === 'private') return lazy?.text.private.about ?? '';
  return isHere(state, login) ? text.direct.about(login) : text.direct.away(login);
}
