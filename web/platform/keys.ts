/** Names of keys, as they are written on the keyboard that is there. */

/** Marks of a Mac's keys, beside the names that other keyboards have, in all languages. */
const ON_A_MAC = [
  [/Ctrl \+ /g, '⌘ '],
  [/Alt \+ /g, '⌥ '],
  [/(Shift|Maj) \+ /g, '⇧ '],
] as const;

/** True for computers, phones and tablets whose keyboards are a Mac's. */
export function hasMacKeys({ platform }: Pick<Navigator, 'platform'> = navigator): boolean {
  return /^(Mac|iPhone|iPad|iPod)/.test(platform);
}

/** Keys as in the catalogues (`Ctrl + K`), in the words of this keyboard. */
export function keysInWords(keys: string, isMac = hasMacKeys()): string {
  return isMac ? ON_A_MAC.reduce((words, [key, mark]) => words.replace(key, mark), keys) : keys;
}
