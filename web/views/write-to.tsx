import type { TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import { MAX_LOGIN_BYTES } from '../../shared/protocol.ts';
import { judgeLogin } from '../../shared/login.ts';
import { directKey } from '../store/state.ts';
import { useTools } from './context.ts';

/** Begins a direct conversation by name. */
export function WriteTo({ self }: { self: string }) {
  const { text, actions } = useTools();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState('');

  const submit = (event: TargetedEvent<HTMLFormElement, SubmitEvent>) => {
    event.preventDefault();
    const login = name.trim();
    const verdict = judgeLogin(login);
    if (verdict === 'empty') return;
    // D13: the server ignores a message to oneself.
    const toSelf = directKey(login) === directKey(self);
    if (toSelf) setProblem(text.list.yourself);
    else if (verdict === 'too-long') setProblem(text.join.tooLong(MAX_LOGIN_BYTES));
    else if (verdict !== 'fine') setProblem(text.join[verdict]);
    else {
      setName('');
      actions.writeTo(login);
    }
  };

  return (
    <form class="write-to" onSubmit={submit}>
      <label for="write-to">{text.list.writeTo}</label>
      <div class="row">
        <input
          id="write-to"
          value={name}
          placeholder={text.list.writeToHint}
          dir="auto"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-describedby="write-to-problem"
          onInput={(event) => {
            setName(event.currentTarget.value);
            setProblem('');
          }}
        />
        <button type="submit" class="quiet">
          {text.list.start}
        </button>
      </div>
      <p id="write-to-problem" class="problem" role="alert">
        {problem}
      </p>
    </form>
  );
}
