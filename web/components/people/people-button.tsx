import type { State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { PeopleIcon } from '../base/lazy-icons.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { usePlaceTaken } from '../base/beside.ts';
import { useShownOnline } from './shown-online.ts';

/** Button in the heading: shows how many are here, and opens or closes their list. */
export function PeopleButton({ state }: { state: State }) {
  const { text, actions } = useLazyTools();
  const { size } = useShownOnline();
  const closeInspector = usePlaceTaken();
  const isShown = state.people && !closeInspector;
  const toggle = () => {
    closeInspector?.();
    actions.choose({ people: !isShown });
  };
  return (
    <button type="button" class="quiet people-button" aria-expanded={isShown} onClick={toggle}>
      <PeopleIcon />
      <span class="hidden">
        <FreshText>
          {size > 0 ? `${text.people.open} (${text.people.count(size)})` : text.people.open}
        </FreshText>
      </span>
      {size > 0 && (
        <span translate={false} aria-hidden="true">
          <FreshText>{size}</FreshText>
        </span>
      )}
    </button>
  );
}
