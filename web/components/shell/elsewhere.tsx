import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { continuation, goToOtherTab, privateInOtherTab } from '../../platform/other-tabs.ts';
import type { OutsideReason } from '../../state/state.ts';
import { Button } from '../base/button.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { useUnseen } from '../base/moved-rows.ts';
import { useListener } from '../base/use-listener.ts';
import { useNames } from '../people/use-names.ts';

interface Props {
  reason: Extract<OutsideReason, { kind: 'elsewhere' }>;
  /** The field of the name. */
  field: RefObject<HTMLInputElement | null>;
}

/** Those with whom something ends; null when the other tab does not say, undefined when no tab answers. */
type Names = readonly string[] | null | undefined;
/** Most of them that are named. */
const NAMED = 3;

/** Time after which it is said that an answer is waited for, in ms: most come at once. */
const SLOW_MS = 300;

/** Says that the person is in already, in another tab of this browser, and offers what can be done about it. */
export function Elsewhere({ reason: { login, moved }, field }: Props) {
  const { text, actions } = useLazyTools();
  const { elsewhere: words } = text;
  const [shown, setShown] = useState<'offer' | 'called' | 'nothing'>('offer');
  const [isAsking, setAsking] = useState(false);
  const question = useRef({ isOpen: false, isDropped: false }).current;
  useEffect(() => () => void (question.isDropped = true), []);
  const [names, setNames] = useState<Names>([]);
  const find = () => void privateInOtherTab(login).then(setNames);
  useEffect(find, [login]);
  useListener('focus', find);
  const stopUnseen = useUnseen(names?.join());
  if (shown === 'nothing') return null;
  // One at a time: the second click of a double click would find nobody there any more.
  const ask = async (isAnswered: () => Promise<boolean>, then?: () => void) => {
    if (question.isOpen) return;
    question.isOpen = true;
    const slow = setTimeout(() => setAsking(true), SLOW_MS);
    const isThere = await isAnswered();
    clearTimeout(slow);
    question.isOpen = false;
    setAsking(false);
    // Meanwhile the person may have come in, or want another name.
    if (question.isDropped) return;
    if (isThere) then?.();
    // A tab that does not answer any more may be gone, and the name with it.
    else actions.join(login);
  };
  /** Continues here, unless that ends more than was said: then it is said first. */
  const continueHere = async () => {
    const now = await privateInOtherTab(login);
    if (now === undefined) return false;
    if (!now?.some((name) => !names?.includes(name)))
      return (await continuation.continueHere?.(login)) ?? false;
    setNames(now);
    return true;
  };
  const other = () => {
    question.isDropped = true;
    setShown('nothing');
    field.current?.select();
    field.current?.focus();
  };
  return (
    <div class="elsewhere" onClickCapture={stopUnseen}>
      <p role="alert">{shown === 'called' ? words.called : moved ? words.moved(login) : words.here(login)}</p>
      {names !== undefined && (
        <Button
          onClick={() =>
            void ask(
              () => goToOtherTab(login),
              () => setShown('called'),
            )
          }
        >
          {words.goThere}
        </Button>
      )}
      <Button aria-describedby="continuing-ends" onClick={() => void ask(continueHere)}>
        {words.continueHere}
      </Button>
      <Button onClick={other}>{words.other}</Button>
      <Ends names={names} isAsking={isAsking} />
    </div>
  );
}

/** Says what continuing here ends in the other tab, if anything; or that it is asked. */
function Ends({ names, isAsking }: { names: Names; isAsking: boolean }) {
  const { elsewhere } = useLazyTools().text;
  const inWords = useNames(NAMED);
  const ends = names ? names.length > 0 && elsewhere.ends(inWords(names)) : elsewhere.mayEnd;
  const words = isAsking ? elsewhere.asking : ends;
  return (
    <p id="continuing-ends" role="status">
      {words && <FreshText>{words}</FreshText>}
    </p>
  );
}
