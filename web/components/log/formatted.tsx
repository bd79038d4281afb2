/** A message with its formatting. All that was written is in the document: what only formats is there, and not shown. */
import type { ComponentChildren } from 'preact';
import { format, isFewEmoji, shownOf, type Span } from '../../text/format.ts';
import { CopyButton } from '../base/copy-button.tsx';
import { useAsWritten } from './as-written.ts';

export function Formatted({ id, text }: { id: number; text: string }) {
  if (useAsWritten(id)) return <>{text}</>;
  if (text.split('\n').length > MOST_LINES) {
    // It scrolls, also by keyboard.
    return (
      <div class="tall" tabIndex={0}>
        {spansOf(text).map(viewOf)}
      </div>
    );
  }
  if (isFewEmoji(text)) return <span class="few-emoji">{text}</span>;
  return <>{spansOf(text).map(viewOf)}</>;
}

/** Most lines of a message that is shown in its full height: 1 KB of line breaks would be 20 screens. */
const MOST_LINES = 40;

/** Most texts whose spans are kept: what scrolls out of sight and back is not parsed again. */
const KEPT = 500;
const kept = new Map<string, readonly Span[]>();

function spansOf(text: string): readonly Span[] {
  const known = kept.get(text);
  if (known) return known;
  if (kept.size >= KEPT) kept.clear();
  const spans = format(text);
  kept.set(text, spans);
  return spans;
}

function viewOf(span: Span): ComponentChildren {
  switch (span.kind) {
    case 'text':
      return span.source;
    case 'mark':
      return <span class="sign">{span.source}</span>;
    case 'link':
      return (
        <a href={span.href} target="_blank" rel="noopener noreferrer nofollow">
          {span.source}
        </a>
      );
    case 'bold':
      return <strong>{span.spans.map(viewOf)}</strong>;
    case 'italic':
      return <em>{span.spans.map(viewOf)}</em>;
    case 'quote':
      return <blockquote>{span.spans.map(viewOf)}</blockquote>;
    case 'code':
      return (
        <code dir="ltr" translate={false}>
          {span.spans.map(viewOf)}
        </code>
      );
    case 'block':
      return (
        <span class="code-block">
          {/* It scrolls, also by keyboard. */}
          <pre dir="ltr" translate={false} tabIndex={0}>
            {span.spans.map(viewOf)}
          </pre>
          <CopyButton content={() => shownOf(span.spans)} />
        </span>
      );
  }
}
