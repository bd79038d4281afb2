import { firstHidden, hiddenCount } from '../../state/ignore-list.ts';
import type { State } from '../../state/state.ts';
import { Button } from '../base/button.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { useListKeys } from '../base/list-keys.ts';
import { useMovedRows } from '../base/moved-rows.ts';
import { Head } from '../base/cat.tsx';
import { LookAlike } from '../people/look-alike.tsx';

/** Section of the settings: lists the ignored people and what they have written unseen, and ends the ignoring. */
export function IgnoredPeople({ state, onClose }: { state: State; onClose: () => void }) {
  const { text, actions, list } = useLazyTools();
  const { ignored } = text;
  const rows = useMovedRows();
  const keys = useListKeys(rows.ref);
  return (
    <section class="ignored-people" aria-labelledby="ignored-title">
      <h3 id="ignored-title">{ignored.title}</h3>
      {state.ignoreList.size === 0 && <p class="note">{ignored.nobody}</p>}
      <ul {...rows} {...keys} hidden={state.ignoreList.size === 0}>
        {[...state.ignoreList.values()].map((login) => {
          const hidden = hiddenCount(state, login);
          const show = () => {
            onClose();
            actions.open(firstHidden(state, login) ?? 'room');
          };
          return (
            <li key={login}>
              <Head login={login} />
              <bdi translate={false}>{login}</bdi>
              <LookAlike login={login} />
              {hidden > 0 && (
                // Nothing else says whose they are to one who comes to it by the keyboard.
                <button
                  type="button"
                  class="quiet plain"
                  aria-label={`${ignored.show(hidden)}, ${login}`}
                  onClick={show}
                >
                  {ignored.show(hidden)}
                </button>
              )}
              <Button aria-label={ignored.stop(login)} onClick={() => list.unignore(login)}>
                {ignored.end}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
