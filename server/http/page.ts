/** The page, served from memory: no request opens a file, and all that are under way share the same bytes. */
import { readdirSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** The codings a file can lie there in, the best first, and how their names end. */
const CODINGS = { br: '.br', gzip: '.gz' } as const;
type Coding = keyof typeof CODINGS;

/** Headers of a file that are kept: the others belong to one answer. */
const KEPT = [
  'accept-ranges',
  'cache-control',
  'content-encoding',
  'content-type',
  'etag',
  'last-modified',
  'vary',
] as const;

/** A file in one coding. */
interface Variant {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** A file in all codings that there are. */
type Variants = ReadonlyMap<Coding | 'identity', Variant>;

export class Page {
  readonly #files: ReadonlyMap<string, Variants>;

  private constructor(files: ReadonlyMap<string, Variants>) {
    this.#files = files;
  }

  /**
   * Reads all files of a folder, with what `@fastify/static` says of each: type, validators, how long it may be kept.
   * It is asked once, here; it would open a file for every request, before anybody has taken the answer to the last.
   * Throws what the file system says, or an Error, when one cannot be read.
   */
  static async read(root: string): Promise<Page> {
    const reader = fastify();
    await reader.register(fastifyStatic, {
      root,
      preCompressed: true,
      immutable: true,
      maxAge: '1y',
      setHeaders: cacheByName,
    });
    const names = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(root.length).replaceAll(sep, '/'));
    const files = new Map<string, Variants>();
    for (const path of names.filter((name) => !isVariant(name, names)))
      files.set(path, await variantsOf(reader, path, names));
    await reader.close();
    const start = files.get('/index.html');
    if (start) files.set('/', start);
    return new Page(files);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Answers a GET or HEAD; false when there is no such file. */
  serve(path: string, request: FastifyRequest, reply: FastifyReply): boolean {
    const variants = this.#files.get(path);
    if (!variants) return false;
    const variant = choose(variants, request.headers['accept-encoding'] ?? '');
    const { status, from, to } = evaluate(request, variant);
    const body = status < 300 ? variant.bytes.subarray(from, to) : Buffer.alloc(0);
    const isPart = status === 206 || status === 416;
    const range = status === 416 ? '*' : `${from}-${to - 1}`;
    const headers: OutgoingHttpHeaders = {
      // Headers of a file are no answer to a request that failed.
      ...(status < 400 && variant.headers),
      ...(isPart && { 'content-range': `bytes ${range}/${variant.bytes.length}` }),
      ...(status !== 304 && { 'content-length': body.length }),
    };
    void reply.code(status).headers(headers);
    void reply.send(request.method === 'HEAD' || body.length === 0 ? undefined : body);
    return true;
  }
}

/** Tells whether a file is another one, compressed. */
function isVariant(name: string, names: readonly string[]): boolean {
  return Object.values(CODINGS).some(
    (ending) => name.endsWith(ending) && names.includes(name.slice(0, -ending.length)),
  );
}

async function variantsOf(
  reader: FastifyInstance,
  path: string,
  names: readonly string[],
): Promise<Variants> {
  const codings = (Object.keys(CODINGS) as Coding[]).filter((coding) =>
    names.includes(path + CODINGS[coding]),
  );
  const variants = new Map<Coding | 'identity', Variant>();
  for (const coding of [...codings, 'identity'] as const) {
    const { statusCode, headers, rawPayload } = await reader.inject({
      url: encodeURI(path),
      headers: { 'accept-encoding': coding },
    });
    // Else the words of a failure, of permissions for one, would be served in the place of the file.
    if (statusCode !== 200) throw new Error(`no file to be served: ${path} (${rawPayload.toString()})`);
    const kept = KEPT.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]] as const],
    );
    // The bytes are copied: else the memory of the whole answer would be kept.
    variants.set(coding, { headers: Object.fromEntries(kept), bytes: Buffer.from(rawPayload) });
  }
  return variants;
}

/** The best coding that the client takes (RFC 9110 §12.5.3). */
function choose(variants: Variants, accepted: string): Variant {
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text: string) => text.trim());
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2) ?? '1';
    weights.set(name, Number(weight) || 0);
  }
  let best: Variant | undefined;
  let most = 0;
  for (const [coding, variant] of variants) {
    const weight = coding === 'identity' ? 0 : (weights.get(coding) ?? weights.get('*') ?? 0);
    if (weight > most) [best, most] = [variant, weight];
  }
  return best ?? variants.get('identity')!;
}

interface Evaluation {
  readonly status: 200 | 206 | 304 | 412 | 416;
  /** The bytes to send. */
  readonly from: number;
  readonly to: number;
}

/** Evaluates the conditions of a request (RFC 9110 §13.2.2) and its range (§14.2). */
function evaluate({ headers, method }: FastifyRequest, { headers: own, bytes }: Variant): Evaluation {
  const whole = { from: 0, to: bytes.length };
  const etag = own['etag'] ?? '';
  const modified = Date.parse(own['last-modified'] ?? '');
  const { 'if-match': match, 'if-none-match': noneMatch, range } = headers;
  const ifRange = headers['if-range']?.toString();
  const unmodified = Date.parse(headers['if-unmodified-since'] ?? '');
  const failed = match === undefined ? modified > unmodified : !names(match, etag);
  if (failed) return { status: 412, ...whole };
  const since = Date.parse(headers['if-modified-since'] ?? '');
  const fresh = noneMatch === undefined ? modified <= since : names(noneMatch, etag);
  if (fresh) return { status: 304, ...whole };
  // A range is for GET alone (§14.2).
  if (
    range === undefined ||
    method !== 'GET' ||
    (ifRange !== undefined && ifRange !== etag && Date.parse(ifRange) !== modified)
  )
    return { status: 200, ...whole };
  return rangeOf(range, bytes.length) ?? { status: 200, ...whole };
}

/** Tells whether a list of validators names this one, weakly (§8.8.3.2). */
function names(list: string, etag: string): boolean {
  const plain = (tag: string) => tag.trim().replace(/^W\//, '');
  return list.trim() === '*' || list.split(',').some((tag) => plain(tag) === plain(etag));
}

/** Evaluates a range; null for one that may be ignored: several ranges, other units, nonsense. */
function rangeOf(range: string, size: number): Evaluation | null {
  const [, first = '', last = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(range) ?? [];
  if (first === '' && last === '') return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  return from >= size ? { status: 416, from: 0, to: size } : { status: 206, from, to };
}

/** Built assets carry a hash in their name and never change; everything else is asked for again. */
function cacheByName(reply: FastifyReply, path: string): void {
  if (!path.includes('/assets/')) reply.header('cache-control', 'no-cache');
}
