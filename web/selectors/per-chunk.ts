import type { Chunk } from './chunks.ts';

/** Memoizes a function of a chunk: in a flood it is called only for chunks that are new. */
export function perChunk<T extends object>(ask: (chunk: Chunk) => T): (chunk: Chunk) => T {
  const known = new WeakMap<Chunk, T>();
  return (chunk) => {
    let answer = known.get(chunk);
    if (!answer) known.set(chunk, (answer = ask(chunk)));
    return answer;
  };
}
