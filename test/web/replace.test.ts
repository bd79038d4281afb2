import { afterEach, describe, expect, it, vi } from 'vitest';
import { replace } from '../../web/components/composer/use-field.ts';

/** A field, in a document in which no command does anything. */
function fieldWith(value: string) {
  const changes: string[] = [];
  const dispatchEvent = ({ type }: Event) => changes.push(type);
  return { field: { value, setSelectionRange() {}, dispatchEvent } as never, changes };
}

describe('a text that the page puts into a field', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is put in like typing, but for one of many lines, which Chromium would take seconds for; either is heard of', () => {
    const execCommand = vi.fn();
    vi.stubGlobal('document', { execCommand });
    vi.stubGlobal('InputEvent', Event);
    const { field, changes } = fieldWith('a b');
    replace(field, 'many\n'.repeat(100), 1, 2);
    expect(execCommand).not.toHaveBeenCalled();
    expect(field).toHaveProperty('value', `a${'many\n'.repeat(100)}b`);
    expect(changes).toEqual(['input']);
    replace(field, 'few\n'.repeat(10), 0, 0);
    expect(execCommand).toHaveBeenCalledOnce();
    expect(changes).toEqual(['input', 'input']);
  });
});
