import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerTabs, goToOtherTab, isInOtherTab, privateInOtherTab } from '../../web/platform/other-tabs.ts';

describe('a tab that asks another one', () => {
  let end: () => void = () => {};
  const opened: string[] = [];
  /** The other tab, in as lea. */
  const answer = (names: unknown) =>
    (end = answerTabs({
      isIn: (login) => login === 'lea',
      privateWith: () => names as readonly string[],
      open: (login) => void opened.push(login),
      give: () => ({ token: null, until: null, pending: null }),
    }));

  /** Lets the time pass in which an answer may come. */
  const unanswered = <T>(asked: Promise<T>) => {
    vi.advanceTimersByTime(3_000);
    return asked;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', { baseURI: 'http://room.example/' });
  });
  afterEach(() => {
    vi.useRealTimers();
    end();
    end = () => {};
    vi.unstubAllGlobals();
  });

  it('hears with whom it has something private, which continuing here would end', async () => {
    answer(['bob', 'eve']);
    expect(await privateInOtherTab('lea')).toEqual(['bob', 'eve']);
    expect(await isInOtherTab('lea')).toBe(true);
    expect(await unanswered(privateInOtherTab('ann'))).toBe(undefined);
  });

  it('does not take for nothing what an older page or no page says', async () => {
    answer(true);
    expect(await privateInOtherTab('lea')).toBe(null);
    expect(await isInOtherTab('lea')).toBe(true);
    end();
    expect(await unanswered(privateInOtherTab('lea'))).toBe(undefined);
    expect(await unanswered(isInOtherTab('lea'))).toBe(false);
  });

  it('has it open the conversation that its own address names, when it goes there', async () => {
    answer([]);
    vi.stubGlobal('document', { baseURI: 'http://room.example/', hasFocus: () => true });
    for (const hash of ['', '#to=bob%20b', '#name=lea']) {
      vi.stubGlobal('location', { hash });
      expect(await goToOtherTab('lea')).toBe(true);
    }
    expect(opened.splice(0)).toEqual(['bob b']);
  });
});
