/** Typing beside the composer, which is meant for it. */
type Pressed = Pick<
  KeyboardEvent,
  'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'defaultPrevented' | 'getModifierState'
>;

/** Keys that begin a letter: one of an input method, and one of an accent. */
const BEGINNINGS: readonly string[] = ['Process', 'Dead'];

/**
 * True for a key that writes something where one can write. What has the focus once the event of the key is handled takes
 * it. Space is left to buttons and to scrolling.
 */
export function isTyped(event: Pressed): boolean {
  const { key, altKey, ctrlKey, metaKey } = event;
  if (event.defaultPrevented || key === ' ') return false;
  // AltGr writes, though Windows has it as Ctrl + Alt.
  const isPlain = !(altKey || ctrlKey || metaKey) || event.getModifierState('AltGraph');
  return isPlain && (BEGINNINGS.includes(key) || Array.from(key).length === 1);
}
