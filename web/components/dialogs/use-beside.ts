/** The owner of the place beside the log, where the list of people and the inspector exclude each other. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { recall, remember } from '../../platform/settings.ts';
import { useTools } from '../base/context.ts';
import { useOneBeside } from '../base/use-media.ts';

/**
 * Closes the list of people for the inspector that is opened, and gives it back behind it; closes the inspector for a list
 * that is opened later.
 * @param people true while the list of people is shown
 * @param onClose closes the inspector
 */
export function useBeside(people: boolean, onClose: () => void): void {
  const { actions } = useTools();
  const isOne = useOneBeside();
  /** True while the list is away for the inspector only. */
  const isAway = useRef(false);
  const before = useRef(people);
  const show = (shown: boolean) => {
    const wish = recall('people');
    isAway.current = !shown;
    actions.choose({ people: shown });
    // That it makes room is nobody's wish for the next visit.
    remember('people', wish ?? 'shown');
  };
  useLayoutEffect(() => {
    const isOpened = people && !before.current;
    before.current = people;
    if (isOpened) isAway.current = false;
    if (isOne && isOpened) onClose();
    else if (isOne && people) show(false);
    else if (!isOne && isAway.current) show(true);
  }, [isOne, people]);
  const giveBack = () => {
    if (isAway.current) show(true);
  };
  useLayoutEffect(() => giveBack, []);
}
