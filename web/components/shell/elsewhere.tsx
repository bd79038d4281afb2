import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { continuation, goToOtherTab } from '../../platform/tabs.ts';
import type { JoinNotice } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';

interface Props {
  notice: Extract<JoinNotice, { kind: 'elsewhere' }>;
  /** The field of the name. */
  field: RefObject<HTMLInputElement | null>;
}

/** Says that the person is in already, in another tab of this browser, and offers what can be done about it. */
export function Elsewhere({ notice: { login, moved }, field }: Props) {
  const { actions } = useTools();
  const { elsewhere: words } = useLazyTools().text;
  const [shown, setShown] = useState<'offer' | 'called' | 'nothing'>('offer');
  if (shown === 'nothing') return null;
  // A tab that does not answer any more may be gone, and the name with it.
  const orJoin = (isThere: boolean) => {
    if (isThere) setShown('called');
    else actions.join(login);
  };
  const other = () => {
    setShown('nothing');
    field.current?.select();
    field.current?.focus();
  };
  return (
    <div class="elsewhere">
      <p role="alert">{shown === 'called' ? words.called : moved ? words.moved(login) : words.here(login)}</p>
      <button type="button" class="quiet" onClick={() => void goToOtherTab(login).then(orJoin)}>
        {words.goThere}
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => void continuation.continueHere?.(login).then((isHere) => isHere || orJoin(false))}
      >
        {words.continueHere}
      </button>
      <button type="button" class="quiet" onClick={other}>
        {words.other}
      </button>
    </div>
  );
}
