import { describe, expect, it } from 'vitest';
import { chooseLocale } from '../../web/i18n/catalogue.ts';
import { day } from '../../web/i18n/day.ts';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { frLazy } from '../../web/i18n/fr-lazy.ts';
import { gapInWords } from '../../web/components/log/gap-in-words.ts';
import { clock, regionOf } from '../../web/i18n/time.ts';

const NOON = new Date(2026, 2, 4, 12).getTime();
const DAY = 86_400_000;

describe('times, in the form that the browser asks for', () => {
  it('are those of the preferred region of the language', () => {
    expect(regionOf('en', ['fr-CA', 'en-GB', 'en-US'])).toBe('en-GB');
    expect(regionOf('fr', ['de'])).toBe('fr');
  });

  it.each(['en-US@posix', 'en_US.UTF-8', 'en-', 'en-a', 'en--US', 'en US'])(
    'are those of the language where that is no region: %s',
    (tag) => {
      expect(regionOf('en', [tag])).toBe('en');
      expect(regionOf('en', [tag, 'en-GB'])).toBe('en-GB');
      expect(() => clock(regionOf('en', [tag]), NOON) + day(regionOf('en', [tag]), NOON, NOON)).not.toThrow();
    },
  );

  it('a time without connection has one where it was within a minute, and how often it was', () => {
    const said = (to: number, times?: number) =>
      gapInWords({ from: NOON, to, ...(times && { times }) }, 'en-GB', enLazy.log).split('. ')[0];
    expect([
      said(NOON + 5_000),
      said(NOON + 120_000),
      said(NOON + 5_000, 2),
      said(NOON + 120_000, 3),
      said(NOON + DAY),
      said(NOON + 2 * DAY - 3_600_000),
    ]).toEqual([
      'Not connected from 12:00, for a moment',
      'Not connected from 12:00 to 12:02',
      'Not connected at 12:00, 2 times for a moment',
      'Not connected 3 times from 12:00 to 12:02',
      'Not connected from 4 Mar, 12:00 to 12:00',
      'Not connected from 4 Mar, 12:00 to 11:00',
    ]);
  });

  it('in French begins at a time, and on a day', () => {
    const said = (to: number, times = 1) =>
      gapInWords({ from: NOON, to, times }, 'fr', frLazy.log).split('. C')[0];
    expect([said(NOON + 120_000), said(NOON + DAY), said(NOON + DAY, 2)]).toEqual([
      'Déconnexion de 12:00 à 12:02',
      'Déconnexion du 4 mars, 12:00 à 12:00',
      '2 déconnexions du 4 mars, 12:00 à 12:00',
    ]);
  });

  it('of a time without connection it is said that something may be missing, unless the history has it', () => {
    const said = (isFilled: boolean) => gapInWords({ from: NOON, to: NOON, isFilled }, 'en-GB', enLazy.log);
    expect(said(false)).toMatch(/ What was said then may be missing here\.$/);
    expect(said(true)).toMatch(
      / Nothing that the server has kept is missing here\. It keeps no direct messages\.$/,
    );
  });

  it('the language is understood in any of these forms', () => {
    expect(chooseLocale(['fr_FR.UTF-8'])).toBe('fr');
    expect(chooseLocale(['FR-ca@euro', 'en'])).toBe('fr');
    expect(chooseLocale(['C', '', '-', 'POSIX'])).toBe('en');
  });
});
