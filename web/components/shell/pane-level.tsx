import type { State } from '../../state/state.ts';
import { isTouched } from '../../platform/media.ts';
import { useTools } from '../base/context.ts';
import { useUnseen } from '../base/moved-rows.ts';
import { useLevel } from '../base/use-level.ts';
import { useListener } from '../base/use-listener.ts';
import { useNarrow } from '../base/use-media.ts';

/** Makes the conversation a level above the list, where only one of them fits; shows nothing. */
export function PaneLevel({ state }: { state: State }) {
  const { actions } = useTools();
  useLevel('conversation', useNarrow() && state.pane === 'conversation', actions.showList);
  // The second tap of two, on a row of the list, say, meets the log that has come in its place.
  const stopUnseen = useUnseen(state.openings || undefined);
  useListener(
    'click',
    (event) => {
      if (isTouched() && event.target instanceof Element && event.target.closest('.log')) stopUnseen(event);
    },
    true,
  );
  return null;
}
