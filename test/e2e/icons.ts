/** Draws the page's icons from web/public/cat.svg: `node test/e2e/icons.ts`. Writes web/public/icon-*.png. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from './browser.ts';

const PUBLIC = fileURLToPath(new URL('../../web/public/', import.meta.url));

/** `inset`: share of the side left free around the cat; a launcher may cut a maskable icon down to its middle 80 %. */
const ICONS = [
  { file: 'icon-192.png', side: 192, inset: 0.04, ground: 'transparent' },
  { file: 'icon-512.png', side: 512, inset: 0.04, ground: 'transparent' },
  { file: 'icon-maskable-512.png', side: 512, inset: 0.2, ground: '#e3e9e6' },
] as const;

const cat = await readFile(`${PUBLIC}cat.svg`, 'utf8');
const browser = await launchBrowser();
for (const { file, side, inset, ground } of ICONS) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(
    `<style>body{margin:0;background:${ground}}svg{display:block;padding:${inset * side}px;width:${side}px;height:${side}px;box-sizing:border-box}</style>${cat}`,
  );
  await page.screenshot({ path: PUBLIC + file, omitBackground: true });
  await page.close();
}
await browser.close();
