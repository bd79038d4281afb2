import { canWrite } from '../../state/stage.ts';
import { isUp, type Conversation, type Phase, type State } from '../../state/state.ts';
import { Head, RoomHead } from '../base/cat.tsx';
import { Composer } from '../composer/composer.tsx';
import { Boundary } from '../base/boundary.tsx';
import { useTools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { BackIcon } from '../base/icons.tsx';
import { Log } from '../log/log.tsx';
import { peopleParts } from '../people/parts.ts';
import { privateParts } from '../private/parts.ts';
import { railParts } from '../rail/parts.ts';
import { shellParts } from './parts.ts';

interface Props {
  conversation: Conversation;
  state: State;
  phase: Extract<Phase, { kind: 'inside' }>;
}

/** The open conversation: who reads it, what was said, and the place to write. */
export function ConversationView({ conversation, state, phase }: Props) {
  const { text, actions, lazy } = useTools();
  const people = useParts(peopleParts);
  const privates = useParts(privateParts);
  const parts = useParts(shellParts);
  const rail = useParts(railParts);
  const title = conversation.kind === 'room' ? text.list.room : conversation.login;
  // Somebody may have a direct conversation and a private connection with the same person.
  const kind = conversation.kind === 'private' && lazy ? `, ${lazy.text.private.ask}` : '';
  // A private connection outlives the main one (D22).
  const canAnswer = conversation.kind !== 'private' || canWrite(conversation.stage);
  const up = conversation.kind === 'private' ? canAnswer && !conversation.isInterrupted : isUp(phase.link);
  return (
    <main class="conversation">
      <header>
        <button type="button" class="to-list" onClick={actions.showList}>
          <span class="hidden">{text.list.back}</span>
          <BackIcon />
          {rail && <rail.UnreadElsewhere state={state} />}
        </button>
        {conversation.kind === 'room' ? <RoomHead /> : <Head login={conversation.login} />}
        <div class="names">
          <h1>
            <bdi translate={conversation.kind === 'room'}>{title}</bdi>
          </h1>
          <p class={conversation.kind}>
            {/* Until it is there, its line is. When the connection that this page had is lost, it may not come at all. */}
            {parts ? (
              <parts.About conversation={conversation} state={state} />
            ) : isUp(phase.link) || state.online.size === 0 ? (
              '\u00a0'
            ) : (
              text.join.unreachable
            )}
          </p>
        </div>
        {conversation.kind === 'room' && people && <people.PeopleButton state={state} />}
        {conversation.kind !== 'room' && people && <people.LookAlike login={conversation.login} />}
        {conversation.kind === 'direct' && privates && <privates.AskPrivate login={conversation.login} />}
        {parts && <parts.ConversationMenu conversation={conversation} state={state} />}
      </header>
      <div>
        {state.unsaved && parts && <parts.Unsaved />}
        {parts && <parts.NoticeBanner />}
        {parts && <parts.IgnoredBanner conversation={conversation} state={state} />}
        {conversation.kind === 'private' && privates && (
          <privates.PrivateBar conversation={conversation} state={state} />
        )}
        {/* Below them: it lies over what comes next, and that must be the log. */}
        {parts && <parts.LinkBanner link={phase.link} note={state.linkNote} />}
      </div>
      <Boundary>
        <Log {...{ conversation, state, title, kind, up }} />
      </Boundary>
      {canAnswer && (
        <Boundary>
          <Composer {...{ conversation, state, title, kind, up }} />
        </Boundary>
      )}
    </main>
  );
}
