import { useLayoutEffect, useRef } from 'preact/hooks';
import { useTools } from './context.ts';
import type { Chooser } from './use-completion.ts';

export const PROPOSALS_ID = 'proposals';
export const proposalId = (index: number) => `proposal-${index}`;

/** The proposals above the composer. The focus stays in the field, which says which one is chosen. */
export function Proposals({ chooser: { completion, chosen, choose } }: { chooser: Chooser }) {
  const { text } = useTools();
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' }), [chosen]);
  if (!completion) return null;
  return (
    <ul class="proposals" id={PROPOSALS_ID} role="listbox" aria-label={text.composer.proposals} ref={list}>
      {completion.proposals.map(({ label, sign }, index) => (
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
            <span class="sign" aria-hidden="true">
              {sign}
            </span>
          )}
          <bdi>{label}</bdi>
        </li>
      ))}
    </ul>
  );
}
