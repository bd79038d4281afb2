/** Questions from one node to all others, over hops of the mesh: what is asked now and then, and does not belong into the log. */
import type { Clock } from '../chat/environment/clock.ts';
import { DEAF, type ByteStream } from '../../shared/stream/byte-stream.ts';
import type { Hop, Mesh } from './mesh.ts';
import type { LiveNode, Nodes } from './nodes.ts';

/** Time, in ms, in which a node has to answer. */
const ANSWER_TIME = 2_000;
/** Longest answer, in bytes: that of a node with a hundred thousand clients. */
const MAX_ANSWER = 32 * 1024 * 1024;
/** Number of no session: such a hop is a question, and no relay. */
const NO_SESSION = 0;

const encoder = new TextEncoder();

export interface Answer {
  readonly node: string;
  /** Null when it has not answered in time. */
  readonly answer: unknown;
}

export interface InquiriesOptions {
  readonly mesh: Mesh;
  readonly clock: Pick<Clock, 'after'>;
  readonly nodes: Nodes;
  /** Incarnation of this node; null while it has none. */
  readonly own: () => string | null;
}

export class Inquiries {
  /** Answers a question of another node; null refuses it. */
  onQuestion: (question: string) => unknown = () => null;
  readonly #options: InquiriesOptions;

  constructor(options: InquiriesOptions) {
    this.#options = options;
  }

  /** Tells whether a hop is a question. */
  isQuestion({ first }: Hop): boolean {
    return first.session === NO_SESSION;
  }

  /** Asks all other nodes; resolves with what each has answered, in JSON. */
  ask(question: string): Promise<Answer[]> {
    const { nodes, own } = this.#options;
    return Promise.all(nodes.others(own()).map((node) => this.#askNode(question, node)));
  }

  /** Asks the other node of this name; null when there is none. */
  askOne(question: string, name: string): Promise<Answer> | null {
    const { nodes, own } = this.#options;
    const node = nodes.otherNamed(name, own());
    return node ? this.#askNode(question, node) : null;
  }

  /** Takes a question that another node asks. */
  answer(stream: ByteStream): void {
    void this.#read(stream).then((question) => {
      if (question === null) return;
      stream.write(encoder.encode(JSON.stringify(this.onQuestion(question))));
      stream.end();
    });
  }

  async #askNode(question: string, { name, address, incarnation }: LiveNode): Promise<Answer> {
    const { mesh, own } = this.#options;
    const stream = mesh.dial(address, {
      connectId: 0,
      first: { incarnation, session: NO_SESSION },
      second: { incarnation: own() ?? incarnation, session: NO_SESSION },
    });
    const answered = this.#read(stream);
    stream.write(encoder.encode(question));
    stream.end();
    const text = await answered;
    return { node: name, answer: text === null ? null : (JSON.parse(text) as unknown) };
  }

  /** Reads until the other side ends; null when it breaks, takes too long or says too much. */
  #read(stream: ByteStream): Promise<string | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const utf8 = new TextDecoder();
    let text = '';
    let length = 0;
    let isOver = false;
    const settle = (outcome: string | null) => {
      isOver = true;
      cancel();
      resolve(outcome);
    };
    const giveUp = () => {
      if (isOver) return;
      settle(null);
      stream.abort();
    };
    const cancel = this.#options.clock.after(ANSWER_TIME, giveUp);
    stream.attach({
      // Questions and answers are short, and buffered as a whole: there is nothing to do when there is room again.
      ...DEAF,
      onData(bytes) {
        text += utf8.decode(bytes, { stream: true });
        length += bytes.length;
        if (length > MAX_ANSWER) giveUp();
      },
      onEnd(isCutShort = false) {
        if (isCutShort) giveUp();
        else settle(text + utf8.decode());
      },
      onFault: giveUp,
      onClose: () => settle(null),
    });
    return promise;
  }
}
