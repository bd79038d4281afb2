import type { TargetedEvent } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { byteLength } from '../../../shared/protocol/encoder.ts';
import type { Catalogue, LazyCatalogue } from '../../i18n/catalogue.ts';
import { recall } from '../../platform/settings.ts';
import { validateLogin, type LoginValidity } from '../../../shared/protocol/login.ts';
import type { OutsideReason, Phase } from '../../state/state.ts';
import { EarsAndWhiskers, WordMark } from '../base/cat.tsx';
import { useTools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { LocaleSwitch, ThemeSwitch } from '../base/switches.tsx';
import { shellParts } from './parts.ts';

type OutsidePhase = Exclude<Phase, { kind: 'inside' }>;

interface Props {
  phase: OutsidePhase;
  lastName: string;
  /** Called when a name cannot be proposed: the reason may be a rare one, whose words are not loaded. */
  onWrong: () => void;
}

/** The first screen: choosing a name (§1). */
export function Join({ phase, lastName, onWrong }: Props) {
  const { text } = useTools();
  const form = useNameForm(phase, lastName, onWrong);
  const parts = useParts(shellParts);
  return (
    <main class="join">
      <div class="card">
        <EarsAndWhiskers flat={form.problem !== null} />
        <WordMark awake={!form.busy} />
        <h1>{text.join.title}</h1>
        <p class="lead">{text.join.lead}</p>
        <NameForm form={form} />
      </div>
      <div class="switches">
        <LocaleSwitch />
        <ThemeSwitch />
        {parts && <parts.JoinMore isJoining={form.busy} />}
      </div>
    </main>
  );
}

/**
 * The name being chosen, and what is wrong with it: in our own words at once, or after the server's refusal. In general
 * words, as long as those of what is rare are not loaded; null when nothing is wrong.
 */
function useNameForm(phase: OutsidePhase, lastName: string, onWrong: () => void) {
  const { text, lazy, actions } = useTools();
  const reason = phase.kind === 'outside' ? phase.reason : null;
  const [name, setName] = useState(reason && reason.kind !== 'unreachable' ? reason.login : lastName);
  // Ours, once there is one, is newer than the server's refusal.
  const [validity, setValidity] = useState<LoginValidity | null>(null);
  const [tries, setTries] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const busy = phase.kind === 'joining';
  const login = name.trim();

  // After a refusal the name is selected, ready to be replaced.
  useLayoutEffect(() => {
    field.current?.focus();
    if (!reason) return;
    setValidity(null);
    field.current?.select();
  }, [reason]);

  const change = (event: TargetedEvent<HTMLInputElement>) => {
    setName(event.currentTarget.value);
    setValidity('fine');
  };
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const checked = validateLogin(login);
    setValidity(checked);
    setTries(tries + 1);
    if (checked === 'fine') actions.join(login);
    else {
      field.current?.focus();
      onWrong();
    }
  };
  const problem = validity
    ? explainValidity(validity, text.join, lazy?.text.names)
    : reason && explainReason(reason, text.join, lazy?.text);
  // Nothing is wrong with a name because the server cannot be reached.
  const isOfName = validity !== null || reason?.kind !== 'unreachable';
  const elsewhere = reason?.kind === 'elsewhere' ? reason : null;
  return { name, bytes: byteLength(login), busy, problem, isOfName, tries, elsewhere, field, change, submit };
}

function NameForm({ form }: { form: ReturnType<typeof useNameForm> }) {
  const { text } = useTools();
  const parts = useParts(shellParts);
  const { name, bytes, busy, problem, isOfName, tries, elsewhere, field, change, submit } = form;
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
        aria-invalid={problem !== null && isOfName}
        aria-describedby="name-problem name-hint name-bytes"
      />
      {parts && <parts.NameBytes bytes={bytes} />}
      {/* One for each Enter: what is wrong still is said again. */}
      <p key={tries} id="name-problem" class="problem" role="alert">
        {problem && <FreshText>{problem}</FreshText>}
      </p>
      {!problem && !elsewhere && (
        <p id="name-hint" class="hint">
          {text.join.hint}
        </p>
      )}
      {elsewhere && parts && <parts.Elsewhere reason={elsewhere} field={field} />}
      <button type="submit" class="primary" aria-disabled={busy}>
        {busy ? text.join.entering : text.join.enter}
      </button>
    </form>
  );
}

type Rare = LazyCatalogue['names'] | undefined;

function explainValidity(validity: LoginValidity, text: Catalogue['join'], rare: Rare): string | null {
  if (validity === 'fine') return null;
  return validity === 'empty' ? text.empty : (rare?.[validity] ?? text.unfit);
}

function explainReason(
  reason: OutsideReason,
  text: Catalogue['join'],
  more: LazyCatalogue | undefined,
): string | null {
  if (reason.kind === 'elsewhere') return null;
  if (reason.kind === 'unreachable') return text.unreachable;
  const refused = text.refused(reason.login);
  // A tab that the phone has put to sleep, or ended, cannot say that it has the name.
  const kind = reason.kind === 'refused' && reason.login === recall('name') ? 'own' : reason.kind;
  return kind === 'refused' ? refused : (more?.outside[kind](reason.login) ?? refused);
}
