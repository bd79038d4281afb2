import { useState } from 'preact/hooks';
import { clock } from '../../i18n/time.ts';
import type { IgnoredGroup } from '../../selectors/blocks.ts';
import { authorsOf } from '../../state/ignore-list.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';

/** Line for messages of people who are ignored: how many, and once it is opened, what they say. */
export function IgnoredLine({ group: { said } }: { group: IgnoredGroup }) {
  const { region } = useTools();
  const [isOpen, setOpen] = useState(false);
  const { text } = useLazyTools();
  const summary = text.ignored.messages(said.length, authorsOf(said).length > 1);
  return (
    <details class="ignored" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <FreshText>{summary}</FreshText>
      </summary>
      {(isOpen ? said : []).map(({ id, at, login, text: words }) => (
        <p key={id} dir="auto">
          <b>
            <bdi translate={false}>{login}</bdi>
          </b>{' '}
          <time translate={false}>{clock(region, at)}</time>
          <br />
          <span data-id={id}>{words}</span>
        </p>
      ))}
    </details>
  );
}
