/** Asks before something is lost: leaving, and closing a conversation. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { LookAlikes } from '../../../shared/protocol/look-alikes.ts';
import { saveText } from '../../platform/save-text.ts';
import { lookAlikesIn } from '../../selectors/look-alikes.ts';
import { titleOf, transcriptOf, dateOf } from '../../selectors/transcript.ts';
import type { Actions } from '../../state/actions.ts';
import {
  hasWords,
  isNothing,
  lossByClosing,
  lossOf,
  olderThanSaved,
  type Loss,
} from '../../state/closing.ts';
import type { Drafts } from '../../state/drafts.ts';
import type { Gap, Note } from '../../state/entries.ts';
import { selfOf, type Conversation, type ConversationKey, type State } from '../../state/state.ts';
import { Button } from '../base/button.tsx';
import { useLazyTools, type LazyTools } from '../base/lazy-tools.ts';
import { say } from '../base/live-region.tsx';
import { Dialog } from '../dialogs/dialog.tsx';
import { useNames } from '../people/use-names.ts';
import { noteInWords } from '../log/asides.tsx';
import { gapInWords } from '../log/gap-in-words.ts';

type Question =
  | { readonly kind: 'leave' }
  | { readonly kind: 'close'; readonly keys: readonly ConversationKey[] };

/** Shows a question; set while the view that does is there. */
let ask: (question: Question) => void = () => undefined;

/** Leaves at once when there is nothing to lose, and asks otherwise. */
export function askToLeave({ conversations }: State, drafts: Drafts, actions: Actions): void {
  if (isNothing(lossOf(conversations, (key) => drafts.of(key)))) actions.leave();
  else ask({ kind: 'leave' });
}

/** Closes conversations of one kind at once when nothing is lost by it, and asks otherwise. */
export function askToClose(conversations: readonly Conversation[], tools: LazyTools): void {
  if (isNothing(lossByClosing(conversations, (key) => tools.drafts.of(key)))) closeAll(conversations, tools);
  else ask({ kind: 'close', keys: conversations.map(({ key }) => key) });
}

/** Closes conversations, and says so: what goes is not heard. */
function closeAll(conversations: readonly Conversation[], { list, text }: LazyTools): void {
  for (const { key } of conversations) list.close(key);
  say([text.list.closed(conversations.length)]);
}

/** The question that is asked, if one is. */
export function Confirmation({ state }: { state: State }) {
  const [question, setQuestion] = useState<Question | null>(null);
  useLayoutEffect(() => {
    ask = setQuestion;
    return () => {
      ask = () => undefined;
    };
  }, []);
  const done = () => setQuestion(null);
  if (question?.kind === 'leave') return <LeaveQuestion state={state} onDone={done} />;
  const closing = state.conversations.filter(({ key }) => question?.keys.includes(key));
  return closing.length > 0 ? <CloseQuestion conversations={closing} state={state} onDone={done} /> : null;
}

function LeaveQuestion({ state, onDone }: { state: State; onDone: () => void }) {
  const { text, actions, drafts } = useLazyTools();
  const [isBusy, setBusy] = useState(false);
  const { leave } = text;
  const loss = lossOf(state.conversations, (key) => drafts.of(key));
  // A device that does not save cannot keep anything, either.
  const canKeep = !state.unsaved && hasWords(loss);
  const older = canKeep ? olderThanSaved(state.conversations) : 0;
  const kept = { ...loss, messages: loss.messages - older };
  const keep = () => {
    setBusy(true);
    void actions.leaveAndKeep();
  };
  return (
    <Dialog title={leave.title} class="question" onClose={onDone}>
      <LossLines about={canKeep ? leave.keeps(selfOf(state) ?? '') : leave.lost} loss={kept} older={older} />
      <div class="choices">
        {canKeep && (
          <button type="button" class="strong" autofocus disabled={isBusy} onClick={keep}>
            {leave.keep}
          </button>
        )}
        <button type="button" class="quiet danger" disabled={isBusy} onClick={actions.leave}>
          {leave.clear}
        </button>
        <SaveButton conversations={state.conversations} state={state} />
        <button type="button" class="quiet plain" autofocus={!canKeep} onClick={onDone}>
          {leave.cancel}
        </button>
      </div>
    </Dialog>
  );
}

interface CloseProps {
  /** All of one kind, and at least one. */
  conversations: readonly Conversation[];
  state: State;
  onDone: () => void;
}

function CloseQuestion({ conversations, state, onDone }: CloseProps) {
  const tools = useLazyTools();
  const { text, drafts } = tools;
  const [first, ...others] = conversations;
  const name = first?.kind === 'direct' || first?.kind === 'private' ? first.login : '';
  const close = () => {
    onDone();
    closeAll(conversations, tools);
  };
  const loss = lossByClosing(conversations, (key) => drafts.of(key));
  return (
    <Dialog
      title={others.length > 0 ? text.list.closeAll(conversations.length) : text.list.close(name)}
      class="question"
      onClose={onDone}
    >
      <LossLines about={loss.unread > 0 ? text.leave.unseen : text.leave.lost} loss={loss} />
      <div class="choices">
        <button type="button" class="strong" onClick={close}>
          {text.leave.close}
        </button>
        <SaveButton conversations={conversations} state={state} />
        <button type="button" class="quiet plain" autofocus onClick={onDone}>
          {text.leave.cancel}
        </button>
      </div>
    </Dialog>
  );
}

/** Most people that are named. */
const NAMED = 3;

interface LossProps {
  about: string;
  loss: Loss;
  /** Messages that are lost although others are kept. */
  older?: number;
}

function LossLines({ about, loss, older = 0 }: LossProps) {
  const { leave, list } = useLazyTools().text;
  const { messages, unsent, drafts, unread, partners } = loss;
  const inWords = useNames(NAMED);
  return (
    <div id="dialog-about">
      {partners.length > 0 && <p>{leave.ends(partners.length, inWords(partners))}</p>}
      {hasWords(loss) && <p>{about}</p>}
      <ul class="loss">
        {unread > 0 && <li>{list.unread(unread)}</li>}
        {messages > 0 && <li>{leave.messages(messages)}</li>}
        {unsent > 0 && <li>{leave.unsent(unsent)}</li>}
        {drafts > 0 && <li>{leave.drafts(drafts)}</li>}
      </ul>
      {older > 0 && <p>{leave.older(older)}</p>}
    </div>
  );
}

/** Characters that no file name can have everywhere. */
const NO_NAME = /[\p{Cc}<>:"/\\|?*]/gu;

/** Saves a conversation as a file of text under its name and today's date. */
export function saveConversation(one: Conversation, state: State, tools: LazyTools): void {
  const title = titleOf(one, titleWords(lookAlikesIn(state), tools)).replace(NO_NAME, '_');
  saveConversations([one], state, tools, `chaton ${title} ${dateOf(Date.now())}.txt`);
}

function titleWords(alike: LookAlikes, { first, text }: LazyTools) {
  return { room: first.list.room, secret: text.private.ask, alike };
}

/** Saves conversations as one file of text. */
function saveConversations(
  conversations: readonly Conversation[],
  state: State,
  tools: LazyTools,
  file = 'chaton.txt',
): void {
  const { text, region } = tools;
  const { log } = text;
  const alike = lookAlikesIn(state);
  const words = {
    self: selfOf(state) ?? '',
    alike,
    notice: log.notice,
    letGo: log.marks['let-go'],
    gap: (gap: Gap) => gapInWords(gap, region, log),
    note: (note: Note) => noteInWords(note, region, text.private),
    left: text.people.left,
    joined: text.people.joined,
    fates: text.list,
  };
  const texts = conversations.map((one) => transcriptOf(one, words, titleOf(one, titleWords(alike, tools))));
  saveText(file, texts.filter(Boolean).join('\n'));
}

function SaveButton({ conversations, state }: { conversations: readonly Conversation[]; state: State }) {
  const tools = useLazyTools();
  return (
    <Button onClick={() => saveConversations(conversations, state, tools)}>{tools.text.menu.save}</Button>
  );
}
