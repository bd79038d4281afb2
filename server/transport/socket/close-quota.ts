/** Bounds the connections that are closed in one turn of the event loop, so that a room that leaves at once delays nobody. */

/** Connections that are closed in a turn: some milliseconds of work, with all that follows from it. */
const CLOSES = 64;

let left = CLOSES;
let isScheduled = false;
const waiting: Array<() => void> = [];

/** Runs what closes a connection whose other side is gone: at once, or in a later turn when there are many. */
export function closeInTurn(close: () => void): void {
  if (!isScheduled) setImmediate(renew);
  isScheduled = true;
  if (left-- > 0) close();
  else waiting.push(close);
}

function renew(): void {
  isScheduled = false;
  left = CLOSES;
  for (const close of waiting.splice(0, CLOSES)) closeInTurn(close);
}
