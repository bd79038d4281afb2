import { defineConfig } from 'vite';

export default defineConfig({
  // Relative, so that the page also works behind a path prefix.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The Content-Security-Policy allows nothing inline, `data:` included.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/ws': { target: 'http://127.0.0.1:8080', ws: true } } },
});
