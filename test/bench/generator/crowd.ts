/** Opens many connections at once. */
import type { Job, Target, Transport } from '../jobs.ts';
import { DIALECTS, nameOf } from './dialects.ts';
import { Wire } from './wire.ts';

/** Number of connections that are being made at the same time. */
const AT_ONCE = 32;

/** Opens this many connections and gets each into the room; `transportOf` gives the transport of each. */
export async function gather(
  { target, run }: Pick<Job, 'target' | 'run'>,
  count: number,
  transportOf: (index: number) => Transport,
): Promise<Wire[]> {
  const wires = new Array<Wire>(count);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const wire = await connectTo(target, transportOf(index));
      await DIALECTS[target.dialect].join(wire, nameOf(run, index));
      wires[index] = wire;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return wires;
}

/** Opens a connection that has sent nothing yet. */
export function connectTo({ ports, dialect }: Target, transport: Transport): Promise<Wire> {
  return Wire.open(ports, transport, DIALECTS[dialect].endpoint);
}
