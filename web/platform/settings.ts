/** Small choices, remembered on this device. Storage can be forbidden; the page works without. */
import { deviceItem } from './scope.ts';

export type Setting =
  | 'locale'
  | 'theme'
  | 'presence'
  | 'name'
  | 'sound'
  | 'notices'
  | 'voice'
  | 'density'
  | 'people'
  | 'ignored';

export function recall(setting: Setting): string | null {
  return deviceItem(setting).get();
}

/** The one of these values that was chosen; `usual` as long as none was. */
export function recallOne<T extends string>(setting: Setting, values: readonly T[], usual: T): T {
  return values.find((value) => value === recall(setting)) ?? usual;
}

/** Names of the people who are ignored: a login can hold no control character (D7). */
export function recallIgnored(): readonly string[] {
  return (recall('ignored') ?? '').split('\n').filter(Boolean);
}

export function remember(setting: Setting, value: string): void {
  // Forgotten at the next visit, perhaps: nothing else is lost.
  deviceItem(setting).set(value);
}
