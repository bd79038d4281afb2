import type { State } from '../../state/state.ts';
import { useTools } from '../base/context.ts';
import { useLevel } from '../base/use-level.ts';
import { useNarrow } from '../base/use-media.ts';

/** Makes the conversation a level above the list, where only one of them fits; shows nothing. */
export function PaneLevel({ state }: { state: State }) {
  const { actions } = useTools();
  useLevel('conversation', useNarrow() && state.pane === 'conversation', actions.showList);
  return null;
}
