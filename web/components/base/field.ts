/** True for what takes letters: what one writes in, and a list that one chooses from by them. */
export function isField(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.matches('textarea, select, input:not([type="checkbox"], [type="radio"])')
  );
}
