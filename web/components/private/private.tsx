/** Private connections: asking, answering, the stage, and the end (§3, §4). */
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { canAsk } from '../../state/privates.ts';
import { canWrite, type Private } from '../../state/private-state.ts';
import { useLazyTools } from '../base/context.ts';
import { LockIcon } from '../base/lazy-icons.tsx';
import { Live } from '../base/live.tsx';
import { Answer } from './requests.tsx';

/** Button of a direct conversation that asks for a private connection. */
export function AskPrivate({ login }: { login: string }) {
  const { text, privates } = useLazyTools();
  return (
    <button
      type="button"
      class="quiet ask-private"
      title={text.private.askFor(login)}
      onClick={() => privates.requestPrivate(login)}
    >
      <LockIcon />
      <span>{text.private.ask}</span>
    </button>
  );
}

/** Stage of the private connection, and what can be done about it. `up`: the main connection is there. */
export function PrivateBar({ conversation, up }: { conversation: Private; up: boolean }) {
  const { text, privates } = useLazyTools();
  const { key, login, stage, asking, asked } = conversation;
  return (
    <div class={`private-bar stage-${stage}`}>
      <p role="status">
        <Live>{stageInWords(conversation, text.private)}</Live>
      </p>
      {asked && <Answer login={login} />}
      {(asking || stage === 'waiting') && (
        <button type="button" class="quiet" onClick={() => privates.cancelPrivate(login)}>
          {text.private.cancel}
        </button>
      )}
      {canWrite(stage) && (
        <button type="button" class="quiet" onClick={() => privates.endPrivate(key)}>
          {text.private.end}
        </button>
      )}
      {canAsk(conversation) && (
        <button type="button" class="strong" disabled={!up} onClick={() => privates.requestPrivate(login)}>
          {text.private.again}
        </button>
      )}
    </div>
  );
}

export function stageInWords(conversation: Private, text: LazyCatalogue['private']): string {
  const { asking, asked, stage, login } = conversation;
  const words = text[asked ? 'asked' : asking ? 'asking' : stage];
  return typeof words === 'string' ? words : words(login);
}
