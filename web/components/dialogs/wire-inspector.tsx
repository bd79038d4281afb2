/** The wire inspector: the commands that pass, as bytes and as what they mean. Listens while it is shown. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { wire } from '../../net/wire-tap.ts';
import { useLazyTools } from '../base/context.ts';
import { useLevel } from '../base/use-level.ts';
import { useOverlays } from '../base/use-media.ts';
import { CloseIcon } from '../base/lazy-icons.tsx';
import { createRecorder, toHex, toText, type WireRecord } from '../../net/wire-recorder.ts';

export function Inspector({ onClose }: { onClose: () => void }) {
  const { text } = useLazyTools();
  const { records, clear } = useRecords();
  useLevel('inspector', useOverlays(), onClose);
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  useLayoutEffect(() => {
    if (following.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [records]);
  return (
    <section class="wire" aria-label={text.tools.wire}>
      <header>
        <h2>{text.tools.wire}</h2>
        <Copy words={text.wire.copyAll} content={() => toText(records)} />
        <button type="button" class="quiet" onClick={clear}>
          {text.wire.clear}
        </button>
        <button type="button" class="quiet plain" aria-label={text.help.close} onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      {records.length === 0 && <p class="note">{text.wire.empty}</p>}
      <ol
        ref={list}
        tabIndex={0}
        aria-label={text.wire.list}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          following.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {records.map((record) => (
          <Row key={record.id} record={record} />
        ))}
      </ol>
    </section>
  );
}

/** Records from now on; shown at most once per frame. */
function useRecords() {
  const [records, setRecords] = useState<readonly WireRecord[]>([]);
  const recorder = useMemo(() => {
    let waiting = false;
    const made = createRecorder(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        setRecords(made.records());
      });
    });
    return made;
  }, []);
  useLayoutEffect(() => {
    wire.tap = recorder.tap;
    return () => {
      wire.tap = null;
    };
  }, [recorder]);
  return { records, clear: recorder.clear };
}

function Row({ record }: { record: WireRecord }) {
  const { text } = useLazyTools();
  const { direction, stream, name, fields, bytes } = record;
  return (
    <li class={direction}>
      <p class="command">
        <span role="img" aria-label={text.wire[direction]}>
          {direction === 'sent' ? '→' : '←'}
        </span>
        <b>{name ?? text.wire.noCommand}</b>
        <span class="stream">{text.wire.connection(stream)}</span>
        <Copy words={text.wire.copy} content={() => toHex(bytes)} />
      </p>
      {fields.map(([field, value]) => (
        <p key={field} class="field-line">
          <span>{field}</span> <bdi>{value}</bdi>
        </p>
      ))}
      <code>{toHex(bytes)}</code>
    </li>
  );
}

/** Says for a moment that it is done. */
function Copy({ words, content }: { words: string; content: () => string }) {
  const { text } = useLazyTools();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => {
    navigator.clipboard.writeText(content()).then(
      () => setDone(true),
      () => setDone(false),
    );
  };
  // Over plain http a browser gives no page its clipboard.
  if (!isSecureContext) return null;
  return (
    <button type="button" class="quiet" onClick={copy}>
      {done ? text.wire.copied : words}
    </button>
  );
}
