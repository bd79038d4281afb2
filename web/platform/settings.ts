/** Small choices, remembered on this device. Storage can be forbidden; the page works without. */
import { inStorage, scope } from './scope.ts';

export type Setting = 'locale' | 'theme' | 'presence' | 'name' | 'sound' | 'notices' | 'density';

const itemOf = (setting: Setting): string => `${scope()}.${setting}`;

export function recall(setting: Setting): string | null {
  return inStorage(() => localStorage.getItem(itemOf(setting))) ?? null;
}

export function remember(setting: Setting, value: string): void {
  // Forgotten at the next visit, perhaps: nothing else is lost.
  inStorage(() => localStorage.setItem(itemOf(setting), value));
}
