/** Small choices, remembered on this device. Storage can be forbidden; the page works without. */
export type Setting = 'locale' | 'theme' | 'presence' | 'name' | 'sound' | 'notices';

export function recall(setting: Setting): string | null {
  try {
    return localStorage.getItem(`chaton.${setting}`);
  } catch {
    return null;
  }
}

export function remember(setting: Setting, value: string): void {
  try {
    localStorage.setItem(`chaton.${setting}`, value);
  } catch {
    // Forgotten at the next visit: nothing else is lost.
  }
}
