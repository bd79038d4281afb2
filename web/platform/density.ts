/** Density of the page: how much of a conversation is in sight at once, from large letters to a line for each message. */
import { recall, remember } from './settings.ts';

export const DENSITIES = ['compact', 'normal', 'presentation'] as const;
export type Density = (typeof DENSITIES)[number];

export function currentDensity(): Density {
  return DENSITIES.find((density) => density === recall('density')) ?? 'normal';
}

/** Remembers a density, and applies it; density.css does the rest. At the start of the page main.tsx applies it. */
export function chooseDensity(density: Density): void {
  remember('density', density);
  document.documentElement.dataset['density'] = density;
}
