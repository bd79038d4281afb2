/** Choice, on this device, of what a screen reader reads out. */
import { VOICES, type Voice } from '../selectors/announcements.ts';
import { recall, remember } from './settings.ts';

export function currentVoice(): Voice {
  return VOICES.find((voice) => voice === recall('voice')) ?? 'all';
}

export function chooseVoice(voice: Voice): void {
  remember('voice', voice);
}
