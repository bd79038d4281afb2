interface Props<T extends string> {
  /** Label of the choice; also the name of the group. */
  label: string;
  options: readonly (readonly [value: T, words: string])[];
  chosen: T;
  onChoose: (value: T) => void;
}

/** One choice among a few, all of which are in sight. */
export function Options<T extends string>({ label, options, chosen, onChoose }: Props<T>) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {options.map(([value, words]) => (
        <label key={value} class="choice">
          <input type="radio" name={label} checked={value === chosen} onChange={() => onChoose(value)} />
          {words}
        </label>
      ))}
    </fieldset>
  );
}
