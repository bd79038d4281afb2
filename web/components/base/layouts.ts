/** Layouts that only lazy parts ask about, as in the style sheets. */
import { useMedia } from './use-media.ts';

/** True where the list of people lies over the conversation, and the inspector takes from its height. */
export const useOverlays = () => useMedia('(max-width: 64rem)');

/** True where the inspector has the whole window: a phone on its side, not one whose keyboard is up, which is to write. */
export const useFilled = () =>
  useMedia('(max-height: 30rem) and (max-width: 64rem) and (min-aspect-ratio: 5/4)');

/** True where the list of people and the inspector both stand beside the log, which has room for one of them. */
export const useOneBeside = () => useMedia('(min-width: 64.01rem) and (max-width: 100rem)');
