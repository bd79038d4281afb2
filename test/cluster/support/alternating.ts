/** Several gateways as if they were one: each connection goes to the next of them. */
import type { Addressed } from '../../support/raw-connection.ts';

/** Addresses that are those of another gateway each time that they are asked for. */
export function alternating(nodes: readonly Addressed[]): Addressed {
  let next = 0;
  return {
    get addresses() {
      return nodes[next++ % nodes.length]!.addresses;
    },
  };
}
