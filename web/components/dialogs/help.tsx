import { COMMAND_NAMES } from '../../state/slash-commands.ts';
import { keysInWords } from '../../platform/keys.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { Dialog } from './dialog.tsx';

/** The commands and the keys. */
export function Help({ onClose }: { onClose: () => void }) {
  const { tools, commands, help } = useLazyTools().text;
  return (
    <Dialog title={tools.help} class="help" onClose={onClose}>
      <div class="columns">
        <section>
          <h3>{help.commands}</h3>
          <dl>
            {COMMAND_NAMES.map((name) => (
              <Row key={name} keys={commands[name].usage} does={commands[name].does} />
            ))}
            <Row keys="//" does={help.escape} />
          </dl>
          <h3>{help.signs}</h3>
          <dl>
            {Object.entries(help.aboutSigns).map(([signs, does]) => (
              <Row key={signs} keys={signs} does={does} />
            ))}
          </dl>
        </section>
        <section>
          <h3>{help.keyboard}</h3>
          <dl>
            {Object.values(help.keys).map(({ keys, does }) => (
              <Row key={keys} keys={keysInWords(keys)} does={does} />
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}

function Row({ keys, does }: { keys: string; does: string }) {
  return (
    <>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{does}</dd>
    </>
  );
}
