/** The part of `bufferutil`, which declares no types, that is used here. */
declare module 'bufferutil' {
  const bufferutil: {
    /** Unmasks where the bytes lie; `mask` has four bytes. */
    readonly unmask: (bytes: Uint8Array, mask: Uint8Array) => void;
  };
  export default bufferutil;
}
