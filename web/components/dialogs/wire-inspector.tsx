/** The wire inspector: the commands that pass, as bytes and as what they mean. Listens while it is shown. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { exact } from '../../i18n/time.ts';
import {
  faultInWords,
  matching,
  shownHex,
  STREAM_ONLY,
  toHex,
  toText,
  type WireFilter,
} from '../../net/wire-lines.ts';
import type { WireField, WireRecord } from '../../net/wire-recorder.ts';
import { Button } from '../base/button.tsx';
import { say } from '../base/live-region.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { IconButton } from '../base/icon-button.tsx';
import { CloseIcon } from '../base/lazy-icons.tsx';
import { useTakePlace } from '../base/beside.ts';
import { useListKeys } from '../base/list-keys.ts';
import { useLevel } from '../base/use-level.ts';
import { useFilled, useOverlays } from '../base/layouts.ts';
import { Copy } from '../base/copy-button.tsx';
import { useRecords } from './use-records.ts';

const EVERYTHING: WireFilter = { name: null, stream: null, direction: null };

export function Inspector({ onClose }: { onClose: () => void }) {
  const { text } = useLazyTools();
  const following = useRef(true);
  const { records, show, clear, paused, setPaused } = useRecords(following);
  const [filter, setFilter] = useState(EVERYTHING);
  const shown = useMemo(() => matching(records, filter), [records, filter]);
  // Nobody hears how long the list is.
  const sayCount = (these: readonly WireRecord[]) => say([text.wire.count(these.length)]);
  const choose = (next: WireFilter) => {
    setFilter(next);
    sayCount(matching(records, next));
  };
  const onKeyDown = useLevel(useFilled() ? 'full inspector' : 'inspector', useOverlays(), onClose);
  useTakePlace(onClose);
  const list = useRef<HTMLOListElement>(null);
  const keys = useListKeys(list);
  const size = useRef('');
  const follow = () => {
    if (!list.current) return;
    // A filtered list may be too short to be scrolled back to its end.
    lookAt(following.current || isAtEnd(list.current));
    if (following.current) list.current.scrollTop = list.current.scrollHeight;
    size.current = sizeOf(list.current);
  };
  const lookAt = (end: boolean) => {
    const isBack = end && !following.current;
    following.current = end;
    if (isBack) show();
  };
  useLayoutEffect(follow, [shown]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(follow);
    observer.observe(list.current!);
    return () => observer.disconnect();
  }, []);
  const section = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    // Whoever does not see it hears that it is there, and the keyboard is not left behind it.
    section.current?.querySelector<HTMLElement>('.close')?.focus();
    return () => {
      if (before instanceof HTMLElement && section.current?.contains(document.activeElement)) before.focus();
    };
  }, []);
  return (
    <section ref={section} class="wire" aria-label={text.tools.wire} onKeyDown={onKeyDown}>
      <header>
        <h2>{text.tools.wire}</h2>
        <Copy words={text.wire.copyAll} content={() => toText(shown, text.wire.faults)} />
        <IconButton class="quiet plain close" name={text.help.close} icon={CloseIcon} onClick={onClose} />
      </header>
      <div class="wire-tools">
        <Filters records={records} filter={filter} onChange={choose} />
        <Button
          onClick={() => {
            following.current ||= paused;
            setPaused(!paused);
          }}
        >
          {paused ? text.wire.goOn : text.wire.pause}
        </Button>
        <Button
          onClick={() => {
            clear();
            sayCount([]);
          }}
        >
          {text.wire.clear}
        </Button>
      </div>
      {records.length === 0 && <p class="note">{text.wire.empty}</p>}
      <ol
        ref={list}
        {...keys}
        tabIndex={0}
        aria-label={text.wire.list}
        onScroll={({ currentTarget }) => {
          // In a window of another size the end is elsewhere: nobody has scrolled away from it.
          if (size.current !== sizeOf(currentTarget)) return follow();
          lookAt(isAtEnd(currentTarget));
        }}
      >
        {shown.map((record) => (
          <Row key={record.id} record={record} />
        ))}
      </ol>
    </section>
  );
}

function sizeOf({ scrollHeight, clientHeight }: HTMLElement): string {
  return `${scrollHeight} ${clientHeight}`;
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < 40;
}

interface FiltersProps {
  records: readonly WireRecord[];
  filter: WireFilter;
  onChange: (filter: WireFilter) => void;
}

/** Choice of what is to be seen, by command, connection and direction. */
function Filters({ records, filter, onChange }: FiltersProps) {
  const { text } = useLazyTools();
  const names = [...new Set(records.map(({ name }) => name ?? '?'))].sort();
  const streams = [...new Set(records.map(({ stream }) => stream))];
  return (
    <>
      <Select
        label={text.wire.byCommand}
        all={text.wire.allCommands}
        options={[STREAM_ONLY, ...names]}
        words={(name) => ({ '?': text.wire.noCommand, [STREAM_ONLY]: text.wire.streamOnly })[name] ?? name}
        chosen={filter.name}
        onChoose={(name) => onChange({ ...filter, name })}
      />
      <Select
        label={text.wire.byConnection}
        all={text.wire.allConnections}
        options={streams.map(String)}
        words={(stream) => text.wire.connection(Number(stream))}
        chosen={filter.stream === null ? null : String(filter.stream)}
        onChoose={(stream) => onChange({ ...filter, stream: stream === null ? null : Number(stream) })}
      />
      <Select
        label={text.wire.byDirection}
        all={text.wire.bothDirections}
        options={['sent', 'received']}
        words={(direction) => text.wire[direction as 'sent' | 'received']}
        chosen={filter.direction}
        onChoose={(direction) => onChange({ ...filter, direction: direction as WireFilter['direction'] })}
      />
    </>
  );
}

interface SelectProps {
  label: string;
  all: string;
  options: readonly string[];
  words: (value: string) => string;
  chosen: string | null;
  onChoose: (value: string | null) => void;
}

function Select({ label, all, options, words, chosen, onChoose }: SelectProps) {
  // The chosen value stays to be seen when the last of its kind is gone.
  const isGone = chosen !== null && !options.includes(chosen);
  return (
    <select
      aria-label={label}
      value={chosen ?? ''}
      onChange={({ currentTarget: { value } }) => onChoose(value === '' ? null : value)}
    >
      <option value="">{all}</option>
      {isGone && <option value={chosen}>{words(chosen)}</option>}
      {options.map((value) => (
        <option key={value} value={value}>
          {words(value)}
        </option>
      ))}
    </select>
  );
}

function Row({ record }: { record: WireRecord }) {
  const { text, region } = useLazyTools();
  const [lit, setLit] = useState<string | null>(null);
  const { direction, stream, name, kind, fields, bytes, size, at, fault } = record;
  const title = name ?? text.wire.noCommand;
  // In large letters, on a projector, what somebody writes to this person alone is shown on demand: wire.css.
  const isForOne = direction === 'received' && name === 'MESSAGE_PRIVATE';
  const [isShown, setShown] = useState(false);
  return (
    <li class={`${direction}${fault ? ' fault' : ''}${isForOne && !isShown ? ' withheld' : ''}`}>
      <p class="command">
        <span role="img" aria-label={text.wire[direction]}>
          {direction === 'sent' ? '→' : '←'}
        </span>
        <b>{title}</b>
        {kind === 'control' && <span class="stream">{text.wire.control}</span>}
        <span class="stream" title={text.wire.aboutConnection}>
          {text.wire.connection(stream)}
        </span>
        <time dateTime={new Date(at).toISOString()} title={exact(region, at)}>
          {timeOf(at)}
        </time>
        {size > 0 && <Copy words={text.message.copy} what={title} content={() => shownHex(record)} />}
      </p>
      {fields.map((one) => (
        <p
          key={one.name}
          class={lit === one.name ? 'field-line lit' : 'field-line'}
          onPointerEnter={() => setLit(one.name)}
          onPointerLeave={() => setLit(null)}
        >
          <span>{one.name}</span> <WireValue field={one} />{' '}
          {isForOne && one.name === 'msg' && (
            <Button class="quiet reveal" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
              {text.wire.whole(one.value.length)}
            </Button>
          )}
          {one.to > one.from && <small>{text.wire.bytes(one.from, one.to - 1)}</small>}
        </p>
      ))}
      {size > 0 && <Bytes record={record} lit={lit} onLight={setLit} />}
      {size > bytes.length && <small>{text.wire.bytes(0, size - 1)}</small>}
      {fault && <p class="fault-line">{faultInWords(fault, text.wire.faults)}</p>}
    </li>
  );
}

interface BytesProps {
  record: WireRecord;
  lit: string | null;
  onLight: (field: string | null) => void;
}

/** The bytes of a command, opcode and fields apart, each lighting its field. */
function Bytes({ record, lit, onLight }: BytesProps) {
  const { fields, bytes } = record;
  if (fields.length === 0) return <code>{shownHex(record)}</code>;
  return (
    <code>
      <span>{toHex(bytes.subarray(0, 1))}</span>
      {fields.map(({ name, from, to }) => (
        <>
          {' '}
          <span
            key={name}
            class={lit === name ? 'lit' : ''}
            onPointerEnter={() => onLight(name)}
            onPointerLeave={() => onLight(null)}
          >
            {toHex(bytes.subarray(from, to))}
          </span>
        </>
      ))}
    </code>
  );
}

/** Time of day to the millisecond: commands that follow each other closely are told apart. */
function timeOf(at: number): string {
  const date = new Date(at);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Value of a field in the wire inspector; of one that is too long its beginning, and the whole on demand. */
function WireValue({ field: { value, whole } }: { field: WireField }) {
  const { text } = useLazyTools();
  const [isWhole, setWhole] = useState(false);
  return (
    <>
      <bdi>{isWhole ? whole : value}</bdi>
      {whole !== undefined && (
        <Button aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {text.wire.whole(whole.length)}
        </Button>
      )}
    </>
  );
}
