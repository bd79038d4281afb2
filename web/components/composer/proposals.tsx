import { useLayoutEffect, useRef } from 'preact/hooks';
import { PROPOSALS_ID, proposalId, type Chooser, type Proposed } from './chooser.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { LookAlike } from '../people/look-alike.tsx';

/** The proposals above the composer. The focus stays in the field, which says which one is chosen. */
export function Proposals({
  proposed: { completion, chosen },
  choose,
}: {
  proposed: Proposed;
  choose: Chooser['choose'];
}) {
  const { text } = useLazyTools();
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' }), [chosen]);
  if (!completion) return null;
  return (
    <ul class="proposals" id={PROPOSALS_ID} role="listbox" aria-label={text.composer.proposals} ref={list}>
      {completion.proposals.map(({ label, sign, command }, index) => (
        <li
          key={label}
          id={proposalId(index)}
          role="option"
          aria-selected={index === chosen}
          // The field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => choose(index)}
        >
          {sign && (
            <span class={sign === '@' ? 'sign at' : 'sign'} aria-hidden="true">
              {sign}
            </span>
          )}
          <bdi translate={false}>{label}</bdi>
          {sign === '@' && <LookAlike login={label} />}
          {command && (
            <small>
              {takesOf(text.commands[command].usage)} <i>{text.commands[command].does}</i>
            </small>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Returns the arguments of a slash command: its usage without its name. */
function takesOf(usage: string): string {
  return usage.replace(/^\S+\s*/, '');
}
