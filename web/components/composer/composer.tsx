import type { TargetedEvent, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { byteLength } from '../../../shared/protocol/encoder.ts';
import { MAX_MSG_BYTES } from '../../../shared/protocol/commands.ts';
import { isTouched, mediaQuery } from '../../platform/media.ts';
import { canBeSent } from '../../state/actions.ts';
import type { Conversation, ConversationKey, State } from '../../state/state.ts';
import type { Typed } from '../../state/slash-commands.ts';
import type { Proposed } from './chooser.ts';
import type { Refusal } from './note.tsx';
import { useTools } from '../base/context.ts';
import { SendIcon } from '../base/icons.tsx';
import { useParts } from '../base/lazy-parts.ts';
import { composerParts } from './parts.ts';
import type { Recalled } from './recall.ts';
import { useField } from './use-field.ts';

/** Lazy parts of the composer; null as long as only plain text can be written. */
type Parts = (typeof composerParts)['loaded'];

const NOTHING: Proposed = { completion: null, chosen: 0 };

interface Props {
  conversation: Conversation;
  state: State;
  title: string;
  /** Addition to its name for those who do not see it, which says what kind of conversation it is. */
  kind: string;
  /** False while nothing can be sent. */
  up: boolean;
}

/**
 * Form in which a message or a command is written. Enter sends, Shift+Enter starts a new line; where one touches the
 * screen, Enter starts a new line. Ctrl+Enter sends everywhere.
 */
export function Composer({ conversation, state, title, kind, up }: Props) {
  const { text } = useTools();
  const parts = useParts(composerParts);
  const draft = useDraft(conversation.key);
  const { field, refusal, send, put, listeners, chooser, proposed } = useWriting(
    { conversation, state, up },
    draft,
  );
  const typed = meaningOf(draft, parts);
  const content = typed && 'text' in typed ? typed.text : '';
  const name = conversation.kind === 'room' ? text.composer.room : text.direct.writeTo(title);
  const left = MAX_MSG_BYTES - byteLength(content);
  return (
    <form class="composer" onSubmit={send}>
      {parts && <parts.Drops field={field} />}
      {parts && chooser && <parts.Proposals proposed={proposed} choose={chooser.choose} />}
      {/* The shadow text gives the field its height: see composer.css. */}
      <div class="field" data-shadow={draft}>
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          placeholder={name}
          // It begins with what is seen: by that a voice calls it.
          aria-label={name + kind}
          aria-describedby="composer-note"
          aria-invalid={left < 0}
          aria-autocomplete="list"
          enterkeyhint="enter"
          {...chooser?.aria}
          {...listeners}
          onBlur={chooser?.close}
        />
        <button type="submit" class="send" aria-label={text.composer.send} disabled={!canDo(typed, parts)}>
          <SendIcon />
        </button>
      </div>
      {parts ? (
        <parts.Note {...{ refusal, content, left, up, conversation, state }} />
      ) : (
        <p id="composer-note" class="note hint">
          {'\u00a0'}
        </p>
      )}
      {parts && left < 0 && <parts.SplitOffer {...{ draft, conversation, state, put }} />}
    </form>
  );
}

/** Draft of a conversation: what the field holds, or what comes back of an earlier visit. */
function useDraft(key: ConversationKey): string {
  const { drafts } = useTools();
  const [draft, setDraft] = useState(drafts.of(key));
  useLayoutEffect(() => drafts.subscribe(() => setDraft(drafts.of(key))), []);
  return draft;
}

/** Behaviour of the field: its keys, its proposals, and sending. */
function useWriting(
  { conversation, state, up }: Pick<Props, 'conversation' | 'state' | 'up'>,
  draft: string,
) {
  const { actions, drafts, lazy } = useTools();
  const parts = useParts(composerParts);
  /** Action that came too early: before completion and commands were there, or while an input method composed. */
  const early = useRef<'typed' | 'sent' | null>(null);
  const [refusal, refuse] = useState<Refusal | null>(null);
  // That there is no connection is true no longer when it is back.
  useLayoutEffect(() => refuse(null), [up]);
  const [proposed, propose] = useState<Proposed>(NOTHING);
  const changed = (value: string) => {
    refuse(null);
    drafts.set(conversation.key, value);
  };
  const typed = (inputType: string) => {
    if (!parts) early.current = 'typed';
    if (early.current === 'sent' && !composing.current) send();
    // A text that is undone, or made shorter, is not replaced again.
    else chooser?.update(/^(history|delete)/.test(inputType) ? 'none' : 'last');
  };
  const { field, composing, settle, put, listeners } = useField({ draft, changed, typed });
  const chooser = parts?.chooserOf({ field, composing, put, state, proposed, propose });

  useLayoutEffect(() => {
    // On a touch screen, focus would show the keyboard over what one came to read. A private connection that opens takes
    // nobody from where they are: a letter and Enter meant for another place would go to the other side. Where somebody goes
    // on who had what is gone, FocusReturn knows.
    const homes = state.openings > 0 ? '.log' : 'body, .log';
    if (mediaQuery('(pointer: fine)')?.matches && document.activeElement?.matches(homes))
      field.current?.focus();
  }, []);

  const send = (event?: TargetedEvent) => {
    event?.preventDefault();
    chooser?.close();
    const settled = settle();
    // The field counts, and not what was last rendered: typing can be ahead of it by a frame.
    const meant = meaningOf(field.current?.value ?? '', parts, state);
    early.current = meant && settled ? null : 'sent';
    if (!settled || !meant) return;
    const run = () => lazy && parts?.runSlashCommand(meant, { state, conversation, actions, lazy });
    const problem = canDo(meant, parts) ? (run() ?? null) : '';
    if (problem !== null) {
      refuse({ problem });
      return;
    }
    if (meant.kind === 'text') actions.send(conversation, meant.text);
    // The field is emptied at once, so that a second Enter cannot send it again.
    put('');
  };
  useLayoutEffect(() => {
    const wanted = early.current;
    early.current = null;
    if (wanted) chooser?.update('all');
    if (wanted === 'sent') send();
  }, [parts]);

  const recalled = useRef<Recalled | null>(null);
  const recall = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean => {
    const found = parts?.recall(event, conversation, recalled.current);
    if (found) put((recalled.current = found).text);
    return Boolean(found);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    const isEnter = event.key === 'Enter' && !event.shiftKey && !event.altKey;
    const hasModifier = event.altKey || event.ctrlKey || event.metaKey;
    if (hasModifier && !isEnter) return;
    if (hasModifier) send(event);
    else if (chooser?.onKey(event) || recall(event)) event.preventDefault();
    else if (isEnter && !isTouched()) send(event);
  };
  return { field, refusal, send, put, listeners: { ...listeners, onKeyDown }, chooser, proposed };
}

/** Text that means more than itself: a command, or an emoji by its name. */
const MORE_THAN_TEXT = /^\/|:\S+:/u;

/** Meaning of a draft; null for more than plain text as long as the parts that parse it are not loaded. */
function meaningOf(draft: string, parts: Parts, state?: State): Typed | null {
  if (parts) return parts.parseTyped(draft, state ? parts.namesMeant(state) : []);
  return MORE_THAN_TEXT.test(draft) ? null : { kind: 'text', text: draft };
}

function canDo(typed: Typed | null, parts: Parts): boolean {
  if (typed?.kind === 'text') return canBeSent(typed.text);
  return typed !== null && parts !== null && parts.canBeDone(typed);
}
