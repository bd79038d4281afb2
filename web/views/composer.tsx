import type { TargetedEvent, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { byteLength } from '../../shared/frame.ts';
import { MAX_MSG_BYTES } from '../../shared/protocol.ts';
import type { Catalogue } from '../i18n/catalogue.ts';
import { canBeSent } from '../store/actions.ts';
import type { Conversation, State } from '../store/state.ts';
import type { Typed } from '../text/commands.ts';
import type { Proposed } from './chooser.ts';
import { useTools, type Later } from './context.ts';
import { SendIcon } from './icons.tsx';
import { useRecall } from './use-recall.ts';

/** The count of bytes appears when fewer than this are left. */
const COUNT_FROM = 128;

const NOTHING: Proposed = { completion: null, chosen: 0 };

interface Props {
  conversation: Conversation;
  state: State;
  title: string;
  /** False while nothing can be sent. */
  up: boolean;
}

/** Where a message or a command is written. Enter sends, Shift+Enter starts a new line. */
export function Composer({ conversation, state, title, up }: Props) {
  const { text, later } = useTools();
  const { draft } = conversation;
  const { field, problem, send, onInput, onKeyDown, chooser, proposed } = useWriting({
    conversation,
    state,
    title,
    up,
  });
  const typed = meaningOf(draft, later);
  const left = MAX_MSG_BYTES - byteLength(typed && 'text' in typed ? typed.text : '');
  const kind = problem ? 'over' : left < 0 ? 'over' : !up ? 'waiting' : left < COUNT_FROM ? 'left' : 'hint';
  // Said while something of ours waits.
  const isThrottled = conversation.outgoing.length > 0 && state.throttledUntil > Date.now();
  return (
    <form class="composer" onSubmit={send}>
      {later && chooser && <later.parts.Proposals proposed={proposed} choose={chooser.choose} />}
      {/* The shadow text gives the field its height: see composer.css. */}
      <div class="field" data-shadow={draft}>
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          placeholder={conversation.kind === 'room' ? text.composer.room : text.direct.writeTo(title)}
          aria-label={text.composer.label(title)}
          aria-describedby="composer-note"
          aria-invalid={left < 0}
          aria-autocomplete="list"
          {...chooser?.aria}
          onInput={onInput}
          onKeyDown={onKeyDown}
          onBlur={chooser?.close}
        />
        <button
          type="submit"
          class="send"
          aria-label={text.composer.send}
          disabled={!canDo(typed, up, later)}
        >
          <SendIcon />
        </button>
      </div>
      <p id="composer-note" class={`note ${kind}`} role="status">
        {problem || (isThrottled && later?.text.composer.throttled) || noteOf(kind, left, text.composer)}
      </p>
    </form>
  );
}

/** What the field does. */
function useWriting({ conversation, state, up }: Props) {
  const { text, actions, show, later } = useTools();
  const field = useRef<HTMLTextAreaElement>(null);
  /** What was done before completion and commands were there: it is made good when they are. */
  const early = useRef<'typed' | 'sent' | null>(null);
  const [problem, setProblem] = useState('');
  const [proposed, propose] = useState<Proposed>(NOTHING);
  const { key } = conversation;
  const changed = (draft: string) => {
    setProblem('');
    actions.draft(key, draft);
  };
  const chooser = later?.parts.chooserOf({ field, state, proposed, propose, changed });
  const recall = useRecall(conversation, (recalled) => {
    if (field.current) field.current.value = recalled;
    changed(recalled);
  });

  useLayoutEffect(() => {
    // Not by rendering: what is typed can be ahead of what is rendered, and must not be undone.
    if (field.current && field.current.value !== conversation.draft) field.current.value = conversation.draft;
  }, [conversation.draft]);
  useLayoutEffect(() => {
    // On a touch screen, focus would throw up the keyboard over what one came to read.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);

  const send = (event?: TargetedEvent) => {
    event?.preventDefault();
    chooser?.close();
    field.current?.focus();
    // What the field holds, and not what was last rendered: typing can be ahead of it by a frame.
    const typed = meaningOf(field.current?.value ?? '', later, state);
    early.current = typed ? null : 'sent';
    if (!field.current || !typed || !canDo(typed, up, later)) return;
    const trouble = later?.parts.carryOut(typed, { state, conversation, text, actions, later, show }) ?? null;
    setProblem(trouble ?? '');
    if (trouble !== null) return;
    if (typed.kind === 'text') actions.send(conversation, typed.text);
    actions.draft(key, '');
    // At once, so that a second Enter cannot send it again.
    field.current.value = '';
  };
  useLayoutEffect(() => {
    if (early.current) chooser?.update(true);
    if (early.current === 'sent') send();
    early.current = null;
  }, [later]);
  const onInput = (event: TargetedEvent<HTMLTextAreaElement>) => {
    early.current = 'typed';
    changed(event.currentTarget.value);
    chooser?.update();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, the keys are its own: Enter chooses a candidate.
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (chooser?.onKey(event) || recall(event)) event.preventDefault();
    else if (event.key === 'Enter' && !event.shiftKey) send(event);
  };
  return { field, problem, send, onInput, onKeyDown, chooser, proposed };
}

/** Where more than plain text is meant: a command, or an emoji by its name. */
const MORE_THAN_TEXT = /^\/|:\S+:/u;

/** What a draft means; null for what is more than text as long as what it means is not there. */
function meaningOf(draft: string, later: Later | null, state?: State): Typed | null {
  if (later) return later.parts.parseTyped(draft, state ? later.parts.knownNames(state) : []);
  return MORE_THAN_TEXT.test(draft) ? null : { kind: 'text', text: draft };
}

function canDo(typed: Typed | null, up: boolean, later: Later | null): boolean {
  if (typed?.kind === 'text' || typed?.kind === 'msg') return canBeSent(typed.text);
  return typed !== null && (up || later!.parts.isLocal(typed));
}

type NoteKind = 'over' | 'waiting' | 'left' | 'hint';

function noteOf(kind: NoteKind, left: number, text: Catalogue['composer']): string {
  if (kind === 'over') return text.over(-left);
  return kind === 'left' ? text.left(left) : text[kind];
}
