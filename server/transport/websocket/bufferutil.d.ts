/** The part of `bufferutil`, which declares no types, that is used here. */
declare module 'bufferutil' {
  const bufferutil: {
    /** Masks or unmasks `length` bytes into `target`, from `at` on; `mask` has four bytes. */
    readonly mask: (
      source: Uint8Array,
      mask: Uint8Array,
      target: Uint8Array,
      at: number,
      length: number,
    ) => void;
  };
  export default bufferutil;
}
