/** Many connections at once. */
import type { Job, Target, Transport } from '../jobs.ts';
import { DIALECTS, nameOf } from './dialects.ts';
import { Wire } from './wire.ts';

/** Connections that are being made at the same time. */
const AT_ONCE = 32;

/** Opens this many connections and gets each into the room; `transportOf` says how each comes, `firstName` which names are taken. */
export async function gather(
  { target, run }: Pick<Job, 'target' | 'run'>,
  count: number,
  transportOf: (index: number) => Transport,
  firstName = 0,
): Promise<Wire[]> {
  const wires = new Array<Wire>(count);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const wire = await connectTo(target, transportOf(index));
      await DIALECTS[target.dialect].join(wire, nameOf(run, firstName + index));
      wires[index] = wire;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return wires;
}

/** A connection that has said nothing of its own yet. */
export function connectTo({ ports, dialect }: Target, transport: Transport): Promise<Wire> {
  return Wire.open(ports, transport, DIALECTS[dialect].endpoint);
}
