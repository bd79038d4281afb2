import type { Chunk } from './chunks.ts';

/** Keeps what a question about a chunk has as its answer: in a flood it is put again only to what is new. */
export function perChunk<T extends object>(ask: (chunk: Chunk) => T): (chunk: Chunk) => T {
  const known = new WeakMap<Chunk, T>();
  return (chunk) => {
    let answer = known.get(chunk);
    if (!answer) known.set(chunk, (answer = ask(chunk)));
    return answer;
  };
}
