import type { TargetedEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { byteLength } from '../../../shared/protocol/encoder.ts';
import { MAX_LOGIN_BYTES } from '../../../shared/protocol/commands.ts';
import type { Catalogue } from '../../i18n/catalogue.ts';
import { judgeLogin, type LoginVerdict } from '../../../shared/protocol/login.ts';
import type { JoinNotice, Phase } from '../../state/state.ts';
import { EarsAndWhiskers, WordMark } from '../base/cat.tsx';
import { useTools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { Live } from '../base/live.tsx';
import { LocaleSwitch } from '../base/locale-switch.tsx';
import { ThemeSwitch } from '../base/theme-switch.tsx';
import { shellParts } from './parts.ts';

type OutsidePhase = Exclude<Phase, { kind: 'inside' }>;

/** The first screen: choosing a name (§1). */
export function Join({ phase, lastName }: { phase: OutsidePhase; lastName: string }) {
  const { text } = useTools();
  const form = useNameForm(phase, lastName);
  const parts = useParts(shellParts);
  return (
    <main class="join">
      <div class="card">
        <EarsAndWhiskers flat={Boolean(form.problem)} />
        <WordMark awake={!form.busy} />
        <h1>{text.join.title}</h1>
        <p class="lead">{text.join.lead}</p>
        <NameForm form={form} />
      </div>
      <div class="switches">
        <LocaleSwitch />
        <ThemeSwitch />
        {parts && <parts.JoinMore />}
      </div>
    </main>
  );
}

/** The name being chosen, and what is wrong with it: in our own words at once, or after the server's refusal. */
function useNameForm(phase: OutsidePhase, lastName: string) {
  const { text, actions } = useTools();
  const notice = phase.kind === 'outside' ? phase.notice : null;
  const [name, setName] = useState(notice && notice.kind !== 'unreachable' ? notice.login : lastName);
  // Ours, once there is one, is newer than the server's refusal.
  const [verdict, setVerdict] = useState<LoginVerdict | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const busy = phase.kind === 'joining';
  const login = name.trim();

  // After a refusal the name is selected, ready to be replaced.
  useLayoutEffect(() => {
    field.current?.focus();
    if (!notice) return;
    setVerdict(null);
    field.current?.select();
  }, [notice]);

  const change = (event: TargetedEvent<HTMLInputElement>) => {
    setName(event.currentTarget.value);
    setVerdict(verdict && 'fine');
  };
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const judged = judgeLogin(login);
    setVerdict(judged);
    if (judged === 'fine') actions.join(login);
    else field.current?.focus();
  };
  const problem = verdict ? explainVerdict(verdict, text.join) : notice && explainNotice(notice, text.join);
  const elsewhere = notice?.kind === 'elsewhere' ? notice : null;
  return { name, bytes: byteLength(login), busy, problem, elsewhere, field, change, submit };
}

function NameForm({ form }: { form: ReturnType<typeof useNameForm> }) {
  const { text } = useTools();
  const parts = useParts(shellParts);
  const { name, bytes, busy, problem, elsewhere, field, change, submit } = form;
  return (
    <form onSubmit={submit} noValidate>
      <label for="name">{text.join.name}</label>
      <input
        ref={field}
        id="name"
        value={name}
        onInput={change}
        dir="auto"
        autocomplete="nickname"
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={Boolean(problem)}
        aria-describedby="name-problem name-hint name-bytes"
      />
      {parts && <parts.NameBytes bytes={bytes} />}
      <p id="name-problem" class="problem" role="alert">
        {problem && <Live>{problem}</Live>}
      </p>
      {!problem && !elsewhere && (
        <p id="name-hint" class="hint">
          {text.join.hint}
        </p>
      )}
      {elsewhere && parts && <parts.Elsewhere notice={elsewhere} field={field} />}
      <button type="submit" class="primary" aria-disabled={busy}>
        {busy ? text.join.entering : text.join.enter}
      </button>
    </form>
  );
}

function explainVerdict(verdict: LoginVerdict, text: Catalogue['join']): string | null {
  if (verdict === 'fine') return null;
  return verdict === 'too-long' ? text.tooLong(MAX_LOGIN_BYTES) : text[verdict];
}

function explainNotice(notice: JoinNotice, text: Catalogue['join']): string | null {
  if (notice.kind === 'elsewhere') return null;
  if (notice.kind === 'unreachable') return text.unreachable;
  return notice.kind === 'refused' ? text.refused(notice.login) : text.nameGone(notice.login);
}
