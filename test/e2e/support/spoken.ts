/** What a screen reader would be told. */
import type { Page } from 'playwright';

/** Records, from now on and in every document that the page loads, what its live regions get. */
export async function recordSpoken(page: Page): Promise<void> {
  await page.addInitScript(record);
  await page.evaluate(record);
}

/** Everything that was announced, in order: one entry for each node that came into a live region that speaks. */
export const spoken = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => (globalThis as { spoken?: string[] }).spoken ?? []);

function record(): void {
  const all: string[] = [];
  Object.assign(globalThis, { spoken: all });
  /** The roles that announce by themselves what changes in them. */
  const LIVE = '[aria-live], [role=status], [role=alert], [role=log]';
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      const changed = type === 'characterData' ? [target] : [...addedNodes];
      for (const node of changed) {
        const element = node instanceof Element ? node : node.parentElement;
        // An alert speaks as it appears, too; other regions only when they were there before.
        const region = element?.matches('[role=alert]') ? element : target.parentElement?.closest(LIVE);
        const within = target instanceof Element && target.matches(LIVE) ? target : region;
        // A modal dialog makes all else inert, which nobody hears.
        const isInert = document.querySelector('dialog[open]')?.contains(within ?? null) === false;
        const isSilent = isInert || within?.getAttribute('aria-live') === 'off';
        const words = node.textContent?.trim() ?? '';
        // So does an alert within what appears.
        const alerts = node instanceof Element && !within ? node.querySelectorAll('[role=alert]') : [];
        for (const { textContent } of alerts) if (textContent.trim()) all.push(textContent.trim());
        if (within && !isSilent && words) all.push(words);
      }
    }
  }).observe(document, { childList: true, characterData: true, subtree: true });
}
