import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { continuation, goToOtherTab, privateInOtherTab } from '../../platform/other-tabs.ts';
import type { OutsideReason } from '../../state/state.ts';
import { useLazyTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { useListener } from '../base/use-listener.ts';
import { useNames } from '../people/use-names.ts';

interface Props {
  reason: Extract<OutsideReason, { kind: 'elsewhere' }>;
  /** The field of the name. */
  field: RefObject<HTMLInputElement | null>;
}

/** Says that the person is in already, in another tab of this browser, and offers what can be done about it. */
export function Elsewhere({ reason: { login, moved }, field }: Props) {
  const { text, actions } = useLazyTools();
  const { elsewhere: words } = text;
  const [shown, setShown] = useState<'offer' | 'called' | 'nothing'>('offer');
  const question = useRef({ isOpen: false, isDropped: false }).current;
  useEffect(() => () => void (question.isDropped = true), []);
  if (shown === 'nothing') return null;
  // One at a time: the second click of a double click would find nobody there any more.
  const ask = async (isAnswered: () => Promise<boolean>, then?: () => void) => {
    if (question.isOpen) return;
    question.isOpen = true;
    const isThere = await isAnswered();
    question.isOpen = false;
    // Meanwhile the person may have come in, or want another name.
    if (question.isDropped) return;
    if (isThere) then?.();
    // A tab that does not answer any more may be gone, and the name with it.
    else actions.join(login);
  };
  const other = () => {
    question.isDropped = true;
    setShown('nothing');
    field.current?.select();
    field.current?.focus();
  };
  return (
    <div class="elsewhere">
      <p role="alert">{shown === 'called' ? words.called : moved ? words.moved(login) : words.here(login)}</p>
      <button
        type="button"
        class="quiet"
        onClick={() =>
          void ask(
            () => goToOtherTab(login),
            () => setShown('called'),
          )
        }
      >
        {words.goThere}
      </button>
      <button
        type="button"
        class="quiet"
        aria-describedby="continuing-ends"
        onClick={() => void ask(async () => (await continuation.continueHere?.(login)) ?? false)}
      >
        {words.continueHere}
      </button>
      <button type="button" class="quiet" onClick={other}>
        {words.other}
      </button>
      <Ends login={login} />
    </div>
  );
}

/** Most names of those with whom something ends. */
const NAMED = 3;

/** Says what continuing here ends in the other tab, if anything; asked anew when one comes back from there. */
function Ends({ login }: { login: string }) {
  const { elsewhere } = useLazyTools().text;
  const inWords = useNames(NAMED);
  const [names, setNames] = useState<readonly string[] | null>([]);
  const find = () => void privateInOtherTab(login).then(setNames);
  useEffect(find, [login]);
  useListener('focus', find);
  const words = names ? names.length > 0 && elsewhere.ends(inWords(names)) : elsewhere.mayEnd;
  return (
    <p id="continuing-ends" role="status">
      {words && <FreshText>{words}</FreshText>}
    </p>
  );
}
