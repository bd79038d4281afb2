/** Places where one was reading, which outlive a change of the conversation and a reload of the page. */
import { inStorage, tabItem } from '../../platform/scope.ts';
import type { ConversationKey } from '../../state/state.ts';
import type { Line } from './anchor.ts';

/** A line of a message in the log. */
export interface MessagePlace extends Line {
  readonly id: number;
}

/** Place where one was reading, and the last entry that one had come down to. */
interface KeptPlace extends MessagePlace {
  readonly seen: number;
}

const item = tabItem('places');

/** Place in each conversation that is not at its end. */
export const keptPlaces = new Map<ConversationKey, KeptPlace>();

/** Takes the places of the page before this one, once: the messages have the same ids after a reload, and only then. */
export function takePlaces(): void {
  inStorage(() => {
    const places = JSON.parse(item.take() ?? '[]') as [ConversationKey, KeptPlace][];
    for (const [key, place] of places) keptPlaces.set(key, place);
  });
}

/** Leaves the places to the page after this one. */
export function leavePlaces(): void {
  item.set(JSON.stringify([...keptPlaces]));
}
