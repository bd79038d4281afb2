import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { takeTabLock } from '../../web/platform/tab-lock.ts';
import { answerTabs, isInOtherTab } from '../../web/platform/other-tabs.ts';

beforeEach(() => {
  vi.stubGlobal('document', { baseURI: 'http://room.example/' });
  vi.stubGlobal('navigator', {});
});
afterEach(() => vi.unstubAllGlobals());

/** Firefox throws this where it keeps no data of a site. */
function Forbidden(): never {
  throw new DOMException('The operation is insecure.', 'SecurityError');
}

it.each([
  ['do not exist', undefined],
  ['are forbidden', Forbidden],
])('a tab is alone where channels to others %s', async (_, channel) => {
  vi.stubGlobal('BroadcastChannel', channel);
  answerTabs({
    isIn: () => true,
    open: () => {},
    privateWith: () => [],
    give: () => ({ token: null, until: null, pending: null }),
  })();
  expect(await isInOtherTab('lea')).toBe(false);
  expect(await takeTabLock('lea', 300)).not.toBe(null);
});
