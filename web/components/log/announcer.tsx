import { useEffect, useRef, useState } from 'preact/hooks';
import type { Catalogue, LazyCatalogue } from '../../i18n/catalogue.ts';
import type { Entry, Notice, Said } from '../../state/entries.ts';
import { useLazyTools, useTools } from '../base/context.ts';

/** Messages that come within this time are announced together, in ms: a screen reader has to keep up. */
const BATCH_MS = 1_500;

/**
 * Tells a screen reader what others say: the message itself, or how many there were. Mounted per conversation.
 * @param since id of the last entry that is not news
 */
export function Announcer({ entries, since }: { entries: readonly Entry[]; since: number }) {
  const { text } = useTools();
  const lazy = useLazyTools();
  const [words, setWords] = useState({ text: '', number: 0 });
  const told = useRef(since);
  const latest = useRef(entries);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  latest.current = entries;
  const announce = () => {
    timer.current = undefined;
    const fresh = newSince(latest.current, told.current);
    told.current = latest.current.at(-1)?.id ?? told.current;
    const [only] = fresh;
    if (!only) return;
    const said = fresh.length > 1 ? lazy.text.log.newMessages(fresh.length) : inWords(only, text, lazy.text);
    setWords(({ number }) => ({ text: said, number: number + 1 }));
  };
  useEffect(() => {
    if ((entries.at(-1)?.id ?? 0) > told.current) timer.current ??= setTimeout(announce, BATCH_MS);
  }, [entries]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <p class="hidden" aria-live="polite">
      {/* A new element each time: the same words again are said again, and a translated text does not stay. */}
      <span key={words.number}>{words.text}</span>
    </p>
  );
}

function newSince(entries: readonly Entry[], id: number) {
  const first = entries.findLastIndex((entry) => entry.id <= id) + 1;
  return entries
    .slice(first)
    .filter((entry) => entry.kind === 'notice' || (entry.kind === 'said' && !entry.mine)) as (
    Said | Notice
  )[];
}

function inWords(entry: Said | Notice, text: Catalogue, lazy: LazyCatalogue): string {
  if (entry.kind === 'notice') return `${lazy.log.notice} ${entry.text}`;
  return text.list.last(entry.login, entry.text);
}
