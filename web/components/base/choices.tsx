interface Props<T extends string> {
  /** Label of the choice; also the name of the group. */
  label: string;
  options: readonly (readonly [value: T, words: string])[];
  chosen: T;
  onChoose: (value: T) => void;
  /** True where each is a language, and its words are in it. */
  areLanguages?: boolean;
}

/** One choice among a few, all of which are in sight. */
export function Options<T extends string>({ label, options, chosen, onChoose, areLanguages }: Props<T>) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {options.map(([value, words]) => (
        <label key={value} class="choice" lang={areLanguages ? value : undefined}>
          <input type="radio" name={label} checked={value === chosen} onChange={() => onChoose(value)} />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

/** Something that is on or off. */
export function Choice({ on, set, label }: { on: boolean; set: (on: boolean) => void; label: string }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
