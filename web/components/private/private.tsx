/** Private connections: asking, answering, the stage, and the end (§3, §4). */
import { useEffect, useRef } from 'preact/hooks';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { asksUs } from '../../state/ignore-list.ts';
import { isHere } from '../../state/presence.ts';
import { canWrite } from '../../state/stage.ts';
import { isLive, isPending, requestText, type Private } from '../../state/private-state.ts';
import { isUp, type State } from '../../state/state.ts';
import { shorten } from '../../selectors/read-out.ts';
import { Button } from '../base/button.tsx';
import { say } from '../base/live-region.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { CopyButton } from '../base/copy-button.tsx';
import { LockIcon } from '../base/lazy-icons.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { useUnseen } from '../base/moved-rows.ts';
import { Answer } from './requests.tsx';

/** Button of a direct conversation that asks for a private connection. */
export function AskPrivate({ login }: { login: string }) {
  const { text, privates } = useLazyTools();
  return (
    <button
      type="button"
      class="quiet ask-private"
      title={text.private.askFor(login)}
      onClick={() => privates.requestPrivate(login)}
    >
      <LockIcon />
      <span>{text.private.ask}</span>
    </button>
  );
}

interface BarProps {
  conversation: Private;
  state: State;
}

/** Stage of the private connection, and what can be done about it. */
export function PrivateBar({ conversation, state }: BarProps) {
  const { first, text, actions, privates } = useLazyTools();
  const { key, login, stage, asking, asked } = conversation;
  // One button takes the place of another: who stops waiting by two taps, or ends as the other side does, asks nobody again.
  const stopUnseen = useUnseen(`${key} ${stage} ${asking} ${asked}`);
  const wasOpen = useRef(false);
  wasOpen.current ||= canWrite(stage);
  const heading = headingInWords(headingOf(conversation, state, text.private));
  if (heading === '') return null;
  return (
    <div class={`private-bar stage-${stage}`} onClickCapture={stopUnseen}>
      {/* The announcer speaks: what it says in between has to keep its place. */}
      <p role="status" aria-live="off">
        <FreshText>{heading}</FreshText>
      </p>
      {asksUs(conversation, state) && <Answer login={login} />}
      {(asking || stage === 'waiting') && (
        <Button onClick={() => privates.cancelPrivate(login)}>{text.private.cancel}</Button>
      )}
      {canWrite(stage) && <Button onClick={() => privates.endPrivate(login)}>{text.private.end}</Button>}
      {/* Another button, not the same with other words: whoever presses the first by a key has left it. */}
      {stage === 'i-ended' && (
        <Button onClick={() => privates.endPrivate(login)}>{text.private.close}</Button>
      )}
      {!isPending(conversation) && (
        <>
          <button type="button" class="strong" onClick={() => privates.requestPrivate(login)}>
            {text.private.again}
          </button>
          <button type="button" class="quiet way-on" onClick={() => actions.writeTo(login)}>
            {first.direct.writeTo(login)}
          </button>
        </>
      )}
      {!canWrite(stage) && <KeptDraft of={key} isNews={wasOpen.current} />}
    </div>
  );
}

/**
 * Draft of a private connection that has ended, and the field with it. The next connection has it again.
 * @param isNews true when it has ended while the person was here, who may be writing
 */
function KeptDraft({ of, isNews }: { of: Private['key']; isNews: boolean }) {
  const { text, drafts } = useLazyTools();
  const draft = drafts.of(of);
  useEffect(() => {
    if (isNews && draft.trim()) say([`${text.private.kept} ${shorten(draft)}`]);
  }, []);
  if (!draft.trim()) return null;
  return (
    <div class="kept">
      <p>
        {text.private.kept} <bdi translate={false}>{draft}</bdi>
      </p>
      <CopyButton content={() => draft} />
    </div>
  );
}

/**
 * True when it matters that the other person has left: from the agreement on they may still be at the other end (D22). A
 * request ends with it, which says so.
 */
function haveLeft({ stage, login, asked, asking }: Private, state: State): boolean {
  return (
    !asked &&
    !asking &&
    !isHere(state, login) &&
    (isLive(stage) || stage === 'lost' || stage === 'page-ended')
  );
}

/** Words of the heading: the stage, and that they have left, which may be none. */
export interface Heading {
  readonly stage: string;
  readonly left: string;
}

/** The heading in its two parts. Where they were not connected (`absent`), there is nothing to ask again, as it says itself. */
export function headingOf(conversation: Private, state: State, text: LazyCatalogue['private']): Heading {
  const { stage, login } = conversation;
  const isOver = !isPending(conversation) && stage !== 'absent';
  const saysLeft = haveLeft(conversation, state) || (isOver && !isHere(state, login));
  return { stage: stageInWords(conversation, state, text), left: saysLeft ? text.left(login) : '' };
}

/** Both parts of a heading. */
export function headingInWords({ stage, left }: Heading): string {
  return [stage, left].filter(Boolean).join(' ');
}

/** The stage as one short line: that they ask, or have left, says more than what one waits for. */
export function lineInWords(conversation: Private, state: State, text: LazyCatalogue['private']): string {
  if (asksUs(conversation, state)) return text.asksHere;
  return haveLeft(conversation, state)
    ? text.left(conversation.login)
    : stageInWords(conversation, state, text);
}

/** The stage in words: none where there is nothing but a request of somebody who is ignored. */
function stageInWords(conversation: Private, state: State, text: LazyCatalogue['private']): string {
  const { asked, asking, stage } = conversation;
  if (asked && !asking && stage === 'none' && !asksUs(conversation, state)) return '';
  const words = text[keyOfStage(conversation, state)];
  return typeof words === 'string' ? words : words(conversation.login);
}

function keyOfStage(conversation: Private, state: State) {
  const { asking, stage, isInterrupted } = conversation;
  const { phase } = state;
  if (asksUs(conversation, state)) return requestText(conversation);
  // Written to a connection that was dead, perhaps.
  if (asking) return phase.kind === 'inside' && !isUp(phase.link) ? 'askingCutOff' : 'asking';
  // Only the way to it is interrupted: it was never open.
  if (isInterrupted) return stage === 'waiting' ? 'agreed' : 'interrupted';
  return stage;
}
