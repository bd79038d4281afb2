/** Starts an engine of one server for a whole run; rooms are kept apart by their names. */
import { Engine } from './engine.ts';

export default async function setup(): Promise<() => Promise<void>> {
  const engine = await Engine.start({ size: 1, settings: 'max_payload: 1MB' });
  process.env['CHATON_TEST_ENGINE_URL'] = engine.addresses[0]!;
  return () => engine.stop();
}
