/** Questions from one node to all others, over hops of the mesh: what is asked now and then, and does not belong into the log. */
import type { Clock } from '../chat/environment/clock.ts';
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { PieceQueue } from '../../shared/stream/piece-queue.ts';
import type { Hop, Mesh } from './mesh.ts';
import type { LiveNode, Nodes } from './nodes.ts';

/** Time, in ms, in which a node has to answer. */
const ANSWER_TIME = 2_000;
/** Longest answer, in bytes: that of a node with a hundred thousand clients. */
const MAX_ANSWER = 32 * 1024 * 1024;
/** Number of no session: such a hop is a question, and no relay. */
const NO_SESSION = 0;

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

export interface Answer {
  readonly node: string;
  /** Null when it has not answered in time. */
  readonly answer: unknown;
}

export class Inquiries {
  /** Answers a question of another node; null refuses it. */
  onQuestion: (question: string) => unknown = () => null;
  readonly #mesh: Mesh;
  readonly #clock: Pick<Clock, 'after'>;

  constructor(mesh: Mesh, clock: Pick<Clock, 'after'>) {
    this.#mesh = mesh;
    this.#clock = clock;
  }

  /** Tells whether a hop is a question. */
  isQuestion({ first }: Hop): boolean {
    return first.session === NO_SESSION;
  }

  /** Asks all other nodes; resolves with what each has answered, in JSON. */
  ask(question: string, nodes: Nodes, own: string | null): Promise<Answer[]> {
    const others = [...nodes.all()].filter(({ incarnation }) => incarnation !== own);
    return Promise.all(others.map((node) => this.askOne(question, node, own)));
  }

  /** Takes a question that another node asks. */
  answer(stream: ByteStream): void {
    void this.#read(stream).then((question) => {
      if (question === null) return;
      stream.write(encoder.encode(JSON.stringify(this.onQuestion(question))));
      stream.end();
    });
  }

  /** Asks one other node. */
  async askOne(
    question: string,
    { name, address, incarnation }: LiveNode,
    own: string | null,
  ): Promise<Answer> {
    const stream = this.#mesh.dial(address, {
      connectId: 0,
      first: { incarnation, session: NO_SESSION },
      second: { incarnation: own ?? incarnation, session: NO_SESSION },
    });
    const answered = this.#read(stream);
    stream.write(encoder.encode(question));
    stream.end();
    const text = await answered;
    return { node: name, answer: text === null ? null : (JSON.parse(text) as unknown) };
  }

  /** Reads until the other side ends; null when it breaks, takes too long or says too much. */
  #read(stream: ByteStream): Promise<string | null> {
    return new Promise((resolve) => {
      const reader = new Reader(stream, resolve);
      const cancel = this.#clock.after(ANSWER_TIME, () => reader.giveUp());
      reader.onOver = cancel;
    });
  }
}

class Reader implements StreamHandler {
  onOver: () => void = () => {};
  readonly #stream: ByteStream;
  readonly #resolve: (text: string | null) => void;
  readonly #pieces = new PieceQueue();
  #isOver = false;

  constructor(stream: ByteStream, resolve: (text: string | null) => void) {
    this.#stream = stream;
    this.#resolve = resolve;
    stream.attach(this);
  }

  giveUp(): void {
    if (this.#isOver) return;
    this.#over(null);
    this.#stream.abort();
  }

  onData(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#pieces.push(bytes);
    if (this.#pieces.length > MAX_ANSWER) this.giveUp();
  }

  onEnd(isCutShort = false): void {
    if (isCutShort) return this.giveUp();
    const pieces: Uint8Array[] = [];
    for (let piece = this.#pieces.shift(); piece; piece = this.#pieces.shift())
      pieces.push(new Uint8Array(piece));
    this.#over(utf8.decode(Buffer.concat(pieces)));
  }

  onWritable(): void {
    // Questions and answers are short, and buffered as a whole.
  }

  onFault(): void {
    this.giveUp();
  }

  onClose(_closed: Closed): void {
    this.#over(null);
  }

  #over(text: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onOver();
    this.#resolve(text);
  }
}
