import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { callingRequests } from '../../selectors/conversation-list.ts';
import { requestText, type Private } from '../../state/private-state.ts';
import type { State } from '../../state/state.ts';
import { Button } from '../base/button.tsx';
import { Head } from '../base/cat.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { IconButton } from '../base/icon-button.tsx';
import { CloseIcon } from '../base/lazy-icons.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { isUnseenSince, UNSEEN_MS, useMovedRows, useUnseen } from '../base/moved-rows.ts';
import { LookAlike } from '../people/look-alike.tsx';

/** Most requests that are shown one by one; all count, and can be refused. */
const SHOWN = 50;

/**
 * Requests for a private connection as one card, the oldest first: others add to a number, and move nothing. Not among
 * them are that of the open conversation, and those that were put off: these stay in the list.
 */
export function Requests({ state }: { state: State }) {
  const { text, actions, privates } = useLazyTools();
  const [putOff, setPutOff] = useState<ReadonlySet<string>>(new Set());
  const [first, ...others] = callingRequests(state).filter((one) => !putOff.has(idOf(one)));
  const stopUnseen = useUnseen(first?.key);
  const stopUnseenOthers = useUnseen(others.length > 0 || undefined);
  const rows = useMovedRows();
  const card = useOverLog(state.active, first !== undefined);
  if (!first) return null;
  const all = [first, ...others];
  const putAllOff = () => {
    setPutOff(new Set([...putOff, ...all.map(idOf)]));
    // The button goes with the card: the focus is looked after when the page changes.
    actions.choose({});
  };
  return (
    <div class="request-card" {...card}>
      <Request key={first.key} conversation={first} onClick={stopUnseen} />
      <IconButton class="quiet plain later" name={text.private.later} icon={CloseIcon} onClick={putAllOff} />
      {others.length > 0 && (
        <div class="others" onClickCapture={stopUnseenOthers}>
          {/* It is closed by whatever opens a conversation. */}
          <details key={state.openings}>
            <summary>
              <FreshText>{text.private.others(others.length)}</FreshText>
            </summary>
            <ul {...rows}>
              {others.slice(0, SHOWN).map((other) => (
                <li key={other.key}>
                  <Request conversation={other} brief />
                </li>
              ))}
            </ul>
          </details>
          <Button onClick={() => all.forEach(({ login }) => privates.refusePrivate(login))}>
            {text.private.refuseAll}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Puts the card over the log of the open conversation, and over nothing else, however low the window is. */
function useOverLog(active: string, isShown: boolean) {
  const card = useRef<HTMLDivElement>(null);
  const movedAt = useRef(-Infinity);
  useLayoutEffect(() => {
    const log = document.querySelector<HTMLElement>('.log-frame');
    if (!log || !card.current) return;
    let placed: number | null = null;
    const put = () => {
      const area = card.current?.parentElement;
      if (!card.current || !area) return;
      if (!(log.offsetParent instanceof HTMLElement)) {
        // The list of conversations is in its place.
        placed = null;
        return;
      }
      // Within the chat, which may be scrolled.
      area.style.insetBlockStart = `${log.offsetParent.offsetTop + log.offsetTop}px`;
      area.style.setProperty('--log', `${log.offsetHeight}px`);
      // Where it comes, or moves, a button may come under a pointer that is about to press: it lets that through.
      if (area.offsetTop !== placed) {
        const through = card.current.animate({ pointerEvents: ['none', 'none'] }, UNSEEN_MS);
        // Where nothing is painted, WebKit would end it up to a second later.
        setTimeout(() => through.cancel(), UNSEEN_MS);
        movedAt.current = performance.now();
      }
      placed = area.offsetTop;
    };
    put();
    const observer = new ResizeObserver(put);
    observer.observe(log);
    // By the height of what else lies over the log.
    const heights = new MutationObserver(put);
    heights.observe(document.documentElement, { attributeFilter: ['style'] });
    return () => {
      observer.disconnect();
      heights.disconnect();
    };
  }, [active, isShown]);
  // A finger that was down by then, and stays longer, clicks on what is there when it goes.
  const onClickCapture = (event: MouseEvent) => {
    if (event.detail === 0 || !isUnseenSince(movedAt.current)) return;
    event.stopPropagation();
    event.preventDefault();
  };
  return { ref: card, onClickCapture };
}

/** Names one request: the same person may ask again later. */
function idOf({ key, since }: Private): string {
  return `${since} ${key}`;
}

interface RequestProps {
  conversation: Private;
  /** Hears of each click before the button does. */
  onClick?: (event: MouseEvent) => void;
  brief?: boolean;
}

function Request({ conversation, onClick, brief = false }: RequestProps) {
  const { text, list } = useLazyTools();
  const { login } = conversation;
  const words = text.private[requestText(conversation)](login);
  return (
    // The buttons are the same for all: whoever comes to one of them by the keyboard hears whose it is.
    <div class="request" role="group" aria-label={words} onClickCapture={onClick}>
      <Head login={login} />
      <p>{brief ? <bdi translate={false}>{login}</bdi> : words}</p>
      <LookAlike login={login} />
      <Answer login={login}>
        {!brief && (
          <button
            type="button"
            class="quiet plain"
            title={text.ignored.ignore(login)}
            onClick={() => list.ignore(login)}
          >
            {text.ignored.short}
          </button>
        )}
      </Answer>
    </div>
  );
}

/** Buttons that accept and refuse a request. */
export function Answer({ login, children }: { login: string; children?: ComponentChildren }) {
  const { text, privates } = useLazyTools();
  return (
    <div class="answer">
      <button type="button" class="strong" onClick={() => privates.acceptPrivate(login)}>
        {text.private.accept}
      </button>
      <Button onClick={() => privates.refusePrivate(login)}>{text.private.refuse}</Button>
      {children}
    </div>
  );
}
