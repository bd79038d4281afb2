import type { LazyCatalogue } from '../i18n/catalogue.ts';

/** Says that a message to `login` was not sent, and why, when the reason is one that this page knows. */
export function notSentInWords(
  reason: string | undefined,
  login: string,
  { notSent, reasons }: LazyCatalogue['log'],
): string {
  const why = Object.entries(reasons).find(([known]) => known === reason)?.[1];
  return notSent(why?.(login) ?? '').trim();
}
