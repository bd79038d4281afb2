import { afterEach, describe, expect, it, vi } from 'vitest';
import { replace } from '../../web/components/composer/use-field.ts';

describe('a text that the page puts into a field', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is put in like typing, but for one of many lines, which Chromium would take seconds for', () => {
    const execCommand = vi.fn();
    vi.stubGlobal('document', { execCommand });
    const field = { value: 'a b', setSelectionRange() {} } as never;
    replace(field, 'many\n'.repeat(100), 1, 2);
    expect(execCommand).not.toHaveBeenCalled();
    expect(field).toHaveProperty('value', `a${'many\n'.repeat(100)}b`);
    replace(field, 'few\n'.repeat(10), 0, 0);
    expect(execCommand).toHaveBeenCalledOnce();
  });
});
