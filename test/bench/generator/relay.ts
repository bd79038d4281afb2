/** Measures the relay: one stream of bytes, written at one end and read at the other, at full speed. */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '../../../shared/protocol/encoder.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { Figures, Job, RelayTask, Transport } from '../jobs.ts';
import { residentKilobytes } from '../proc.ts';
import { connectTo } from './crowd.ts';
import { DIALECTS, nameOf } from './dialects.ts';
import { maskedFrame } from './frames.ts';
import { beginSpan } from './span.ts';
import { Wire } from './wire.ts';

/** Size of one message on a WebSocket, in bytes: the most that is allowed (D26). */
const MESSAGE = 64 * 1024;
/** Number of messages in one write, or as many bytes on TCP. */
const MESSAGES_PER_WRITE = 4;
/** Warm-up before the measurement, in seconds. */
const WARM_UP = 0.2;
/** Longest time, in ms, for bytes that are still on their way at the end. */
const LAST_BYTES = 5_000;

export interface Ends {
  readonly writer: Wire;
  readonly reader: Wire;
}

interface MeasuredEnds extends Ends {
  /** True when the server passes on a half-close, whatever the transports (D21, D25). */
  readonly halfCloses: boolean;
}

export async function relay(job: Job<RelayTask>): Promise<Figures> {
  const { target, seconds } = job;
  const { writer, reader, halfCloses } =
    target.dialect === 'chaton'
      ? { ...(await establish(job, job.task.from, job.task.to)), halfCloses: true }
      : await throughProxy(job);
  reader.divert((_bytes, start, end) => void (reader.received += end - start));
  const finish = startWriting(writer);
  await sleep(WARM_UP * 1000);

  const receivedBefore = reader.received;
  const residentBefore = residentKilobytes(target.pid);
  const end = beginSpan(target.pid);
  await sleep(seconds * 1000);
  const { elapsed, cpu, loads } = end();
  const gigabytes = (reader.received - receivedBefore) / 1e9;
  const resident = residentKilobytes(target.pid);

  const sent = finish();
  const isComplete = (): boolean => reader.received >= sent && (reader.hasEnded || !halfCloses);
  if (halfCloses) writer.end();
  const deadline = performance.now() + LAST_BYTES;
  while (!isComplete() && performance.now() < deadline) await sleep(5);
  if (halfCloses && !reader.hasEnded) throw new Error('the end of the stream did not come');
  return {
    megabytesPerSecond: (gigabytes * 1000) / elapsed,
    cpuSecondsPerGigabyte: cpu / gigabytes,
    residentMegabytes: resident / 1024,
    residentGrowthMegabytes: (resident - residentBefore) / 1024,
    ...loads,
    lost: sent - reader.received,
  };
}

/** Writes while the socket takes more; the returned function stops and gives the number of bytes of the stream. */
export function startWriting(writer: Wire): () => number {
  const { socket, transport } = writer;
  const message = Buffer.alloc(MESSAGE, 'x');
  const piece = transport === 'ws' ? maskedFrame(message) : message;
  const block = Buffer.concat(Array.from({ length: MESSAGES_PER_WRITE }, () => piece));
  let sent = 0;
  let stopped = false;
  const pump = (): void => {
    while (!stopped) {
      sent += MESSAGES_PER_WRITE * MESSAGE;
      if (!socket.write(block)) return;
    }
  };
  socket.on('drain', pump);
  pump();
  return () => {
    stopped = true;
    return sent;
  };
}

/** A private connection between two clients (§3, §4); `first` is the number that the name of the first is made of. */
export async function establish(
  job: Pick<Job, 'target' | 'run'>,
  from: Transport,
  to: Transport,
  first = 0,
): Promise<Ends> {
  const connectId = await grantPrivate(job, from, to, first);
  const [writer, reader] = [await present(job, from, connectId), await present(job, to, connectId)];
  const established = encode({ opcode: Opcode.ESTABLISHED });
  await writer.expect(established);
  await reader.expect(established);
  return { writer, reader };
}

/** Negotiates a private connection between two clients of these transports, and returns its connect_id (§3). */
export async function grantPrivate(
  { target, run }: Pick<Job, 'target' | 'run'>,
  from: Transport = 'tcp',
  to: Transport = 'tcp',
  first = 0,
): Promise<number> {
  const { chaton } = DIALECTS;
  const [requester, asked] = [nameOf(run, first), nameOf(run, first + 1)];
  const logins = { login_requester: requester, login_target: asked };
  const a = await connectTo(target, from);
  const b = await connectTo(target, to);
  await chaton.join(a, requester);
  await chaton.join(b, asked);
  const request = encode({ opcode: Opcode.REQUEST_PRIVATE, ...logins });
  a.write(request);
  await b.expect(request);
  b.write(encode({ opcode: Opcode.OK_PRIVATE, ...logins }));
  const granted = encode({ opcode: Opcode.ID_PRIVATE, ...logins, connect_id: 0 }).length;
  const answer = await a.take((pending) => (pending.length < granted ? 0 : granted));
  return answer.readInt32BE(granted - 4);
}

/** Opens a connection that presents a connect_id. */
export async function present(
  { target }: Pick<Job, 'target'>,
  transport: Transport,
  connectId: number,
): Promise<Wire> {
  const wire = await connectTo(target, transport);
  wire.write(encode({ opcode: Opcode.LOGIN_PRIVATE, connect_id: connectId }));
  return wire;
}

/** The native side of a private connection, once both are there. */
export async function presentNative(job: Pick<Job, 'target'>, connectId: number): Promise<Wire> {
  const wire = await present(job, 'tcp', connectId);
  await wire.expect(encode({ opcode: Opcode.ESTABLISHED }));
  return wire;
}

/** Connects through a proxy to a listener of the generator. */
async function throughProxy({ task, target }: Job<RelayTask>): Promise<MeasuredEnds> {
  const sink = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  sink.listen(target.ports.sink, '127.0.0.1');
  await once(sink, 'listening');
  const accepted = once(sink, 'connection') as Promise<[Socket]>;
  const writer = await connectTo(target, task.from);
  await DIALECTS.none.join(writer, '');
  const [socket] = await accepted;
  return { writer, reader: Wire.accepted(socket), halfCloses: false };
}
