/** The page, served from memory: no request opens a file, and all that are under way share the same bytes. */
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** Ending of a compressed copy, which the build puts beside each file (see web/vite.config.ts). */
const GZIPPED = '.gz';

/** Headers of a file that are kept: the others belong to one answer. */
const KEPT = ['cache-control', 'content-encoding', 'content-type', 'etag', 'last-modified', 'vary'] as const;

/** A file as it is, or compressed. */
interface Variant {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

interface Variants {
  readonly plain: Variant;
  /** The plain one where there is no copy. */
  readonly gzipped: Variant;
}

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
    for (const path of names.filter((name) => !isCopy(name, names))) {
      const plain = await variantOf(reader, path, 'identity');
      const hasCopy = names.includes(path + GZIPPED);
      files.set(path, { plain, gzipped: hasCopy ? await variantOf(reader, path, 'gzip') : plain });
    }
    await reader.close();
    const start = files.get('/index.html');
    if (start) files.set('/', start);
    return new Page(files);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** The start page, or the first file that it asks for, which is not there; null when all are. */
  firstMissing(): string | null {
    const start = this.#files.get('/index.html')?.plain;
    if (!start) return '/index.html';
    const named = start.bytes.toString().matchAll(/ (?:src|href)="\.(\/[^"]+)"/g);
    return Array.from(named, ([, path]) => path!).find((path) => !this.has(path)) ?? null;
  }

  /** Answers a GET or HEAD; false when there is no such file. */
  serve(path: string, request: FastifyRequest, reply: FastifyReply): boolean {
    const variants = this.#files.get(path);
    if (!variants) return false;
    const variant = variants[takesGzip(request.headers['accept-encoding'] ?? '') ? 'gzipped' : 'plain'];
    const isFresh = hasFresh(request, variant);
    const body = isFresh ? undefined : variant.bytes;
    void reply
      .code(isFresh ? 304 : 200)
      .headers(variant.headers)
      .headers(body ? { 'content-length': body.length } : {})
      .send(request.method === 'HEAD' ? undefined : body);
    return true;
  }
}

/** Tells whether a file is another one, compressed. */
function isCopy(name: string, names: readonly string[]): boolean {
  return name.endsWith(GZIPPED) && names.includes(name.slice(0, -GZIPPED.length));
}

async function variantOf(
  reader: FastifyInstance,
  path: string,
  coding: 'gzip' | 'identity',
): Promise<Variant> {
  const { statusCode, headers, rawPayload } = await reader.inject({
    url: encodeURI(path),
    headers: { 'accept-encoding': coding },
  });
  // Else the words of a failure, of permissions for one, would be served in the place of the file.
  if (statusCode !== 200) throw new Error(`no file to be served: ${path} (${rawPayload.toString()})`);
  const kept = KEPT.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  // The bytes are copied: else the memory of the whole answer would be kept.
  return { headers: Object.fromEntries(kept), bytes: Buffer.from(rawPayload) };
}

/** Tells whether a client takes what is compressed (RFC 9110 §12.5.3). */
function takesGzip(accepted: string): boolean {
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text: string) => text.trim());
    weights.set(name, Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1));
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/** Tells whether the client has this variant already (RFC 9110 §13.2.2). Ranges are not served: no file is large. */
function hasFresh({ headers }: FastifyRequest, { headers: own }: Variant): boolean {
  const { 'if-none-match': noneMatch, 'if-modified-since': since = '' } = headers;
  if (noneMatch !== undefined) return names(noneMatch, own['etag'] ?? '');
  const asked = Date.parse(since);
  // Much that is no date (§5.6.7), a year alone say, is parsed as one.
  return new Date(asked).toUTCString() === since && Date.parse(own['last-modified'] ?? '') <= asked;
}

/** Tells whether a list of validators names this one, weakly (§8.8.3.2). */
function names(list: string, etag: string): boolean {
  const plain = (tag: string) => tag.trim().replace(/^W\//, '');
  return list.trim() === '*' || list.split(',').some((tag) => plain(tag) === plain(etag));
}

/** Built assets carry a hash in their name and never change; everything else is asked for again. */
function cacheByName(reply: FastifyReply, path: string): void {
  if (!path.includes('/assets/')) reply.header('cache-control', 'no-cache');
}
