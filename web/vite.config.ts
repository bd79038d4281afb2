import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type Rolldown } from 'vite';

type Bundle = Rolldown.OutputBundle;
type Output = Bundle[string];

/** Budget of the transfer until someone chats in the room, in bytes after gzip; the rest comes later, or on demand. */
const BUDGET = { js: 30 * 1024, css: 8 * 1024 } as const;

const PUBLIC = fileURLToPath(new URL('public', import.meta.url));

export default defineConfig({
  // The base is relative, so that the page also works behind a path prefix.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [askedFirst(), partsOf(), serviceWorkerFiles(), sizeBudget(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The Content-Security-Policy allows nothing inline, `data:` included.
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: at('index.html'), sw: at('service-worker/worker.ts') },
      output: {
        // The address of the worker must not change, and its scope is where it lies.
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});

function at(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/**
 * Fetches what is loaded on demand before it is imported: a browser that could not load a module remembers that, as the
 * standard has it (Firefox does), and would not ask for it again however often the page tries. An answer that is no
 * script, as the document in its place, is an Error: the server has another version. That it is away is a TypeError.
 */
function askedFirst(): Plugin {
  return {
    name: 'asked-first',
    apply: 'build',
    enforce: 'pre',
    load: {
      filter: { id: /^\0vite\/preload-helper/ },
      handler: () => `export const __vitePreload = (load, parts, from) =>
        Promise.all(parts.map(async (part) => {
          const answer = await fetch(new URL(part, from));
          const { type } = await answer.blob();
          if (!answer.ok || !type.includes('javascript')) throw (answer.status < 500 ? Error : TypeError)(part);
        })).then(load)`,
    },
  };
}

/** Calls of what {@link askedFirst} makes, as Vite leaves them: with no list of what is to be fetched. */
const ON_DEMAND = /(import\(([`"'])\.\/([^`"']+)\2\)(?:(?!import\().)*?,)\[\](,import\.meta\.url\))/gs;

/** Says of each part that is loaded on demand which files it is: its own, and those that it imports and nobody has yet. */
function partsOf(): Plugin {
  return atTheEnd('parts-of', function (bundle) {
    const there = firstLoad(bundle);
    const rest = new Set<string>();
    for (const output of Object.values(bundle)) {
      if (output.type !== 'chunk') continue;
      for (const name of output.dynamicImports) rest.add(name);
      output.code = output.code.replace(
        ON_DEMAND,
        (_all, before: string, _quote, name: string, after: string) => {
          const file = `assets/${name}`;
          rest.delete(file);
          const files = [...allOf(bundle, file)].filter((one) => !there.has(one));
          return `${before}${JSON.stringify(files.map((one) => one.replace('assets/', './')))}${after}`;
        },
      );
    }
    if (rest.size > 0) this.error(`loaded on demand without being asked for: ${[...rest].join(', ')}`);
  });
}

/** Tells the service worker what there is to keep, and which version it is. */
function serviceWorkerFiles(): Plugin {
  return atTheEnd('service-worker-files', (bundle) => {
    const worker = bundle['sw.js'];
    if (worker?.type !== 'chunk') throw new Error('no service worker was built');
    const built = Object.values(bundle).filter((output) => output !== worker);
    const copied = readdirSync(PUBLIC);
    const names = [...built.map(({ fileName }) => fileName), ...copied].filter(
      (name) => name !== 'index.html',
    );
    const files = ['./', ...names.sort().map((name) => `./${name}`)];
    const hash = createHash('sha256').update(worker.code);
    for (const output of built) hash.update(output.fileName).update(contentOf(output));
    for (const name of copied) hash.update(name).update(readFileSync(`${PUBLIC}/${name}`));
    const version = hash.digest('hex').slice(0, 12);
    worker.code = `const FILES=${JSON.stringify(files)},VERSION=${JSON.stringify(version)};${worker.code}`;
  });
}

/** A plugin that looks at all that was built, behind those of Vite and in the order of the list. */
function atTheEnd(name: string, look: (this: Rolldown.PluginContext, bundle: Bundle) => void): Plugin {
  return {
    name,
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        look.call(this, bundle);
      },
    },
  };
}

/** Prints the sizes, and fails the build when too much is transferred before someone can chat. */
function sizeBudget(): Plugin {
  return atTheEnd('size-budget', function (bundle) {
    const first = firstLoad(bundle);
    const lines = [];
    const sums = { js: 0, css: 0, later: 0 };
    for (const output of Object.values(bundle)) {
      const kind = kindOf(output);
      if (!kind) continue;
      const size = gzipSync(contentOf(output), { level: 9 }).length;
      const counts = kind === 'css' || first.has(output.fileName);
      sums[counts ? kind : 'later'] += size;
      lines.push(`  ${output.fileName}  ${kilobytes(size)}${counts ? '' : '  (later)'}`);
    }
    const summary = `up to a working room, gzipped: JavaScript ${kilobytes(sums.js)} of 30, CSS ${kilobytes(sums.css)} of 8; later ${kilobytes(sums.later)}`;
    this.info([summary, ...lines].join('\n'));
    if (sums.js > BUDGET.js || sums.css > BUDGET.css) this.error(`over the budget: ${summary}`);
  });
}

/** Puts a compressed copy beside each built file: once, here, and not for every visitor. */
function compressed(): Plugin {
  return atTheEnd('compressed', function (bundle) {
    for (const output of Object.values(bundle)) {
      const source = gzipSync(contentOf(output), { level: 9 });
      this.emitFile({ type: 'asset', fileName: `${output.fileName}.gz`, source });
    }
  });
}

/** The page's script with all that it imports at once, which is a working room. What is loaded later starts the service worker. */
function firstLoad(bundle: Bundle): Set<string> {
  const page = Object.values(bundle).find((output) => output.type === 'chunk' && output.name === 'index');
  return allOf(bundle, page?.fileName ?? '');
}

/** A script and all that it imports at once. */
function allOf(bundle: Bundle, name: string, found = new Set<string>()): Set<string> {
  const output = bundle[name];
  if (found.has(name) || output?.type !== 'chunk') return found;
  found.add(name);
  for (const next of output.imports) allOf(bundle, next, found);
  return found;
}

function kindOf({ fileName }: Output): 'js' | 'css' | null {
  if (fileName.endsWith('.js')) return 'js';
  return fileName.endsWith('.css') ? 'css' : null;
}

function contentOf(output: Output): string | Uint8Array {
  return output.type === 'chunk' ? output.code : output.source;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
